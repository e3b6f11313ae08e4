//! The program `millstream`.
#![forbid(unsafe_code)]

use millstream_broker::{Node, NodeOptions};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = NodeOptions {
        data: std::env::args().nth(1).unwrap_or_else(|| String::from("millstream-data")).into(),
        listen: std::env::args()
            .nth(2)
            .unwrap_or_else(|| String::from("127.0.0.1:9092"))
            .parse()
            .expect("address"),
        advertise: None,
        cores: vec![0],
        spin: std::time::Duration::ZERO,
        config: Default::default(),
    };
    match Node::start(&options) {
        Ok(node) => {
            println!("ready {}", node.address());
            loop {
                std::thread::park();
            }
        }
        Err(error) => {
            eprintln!("millstream: {error}");
            ExitCode::FAILURE
        }
    }
}
