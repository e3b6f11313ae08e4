//! A durable log in ten lines: open, append, crash-safe, read back.

use millstream_log::{Log, Offset};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let log = Log::open("millstream-data/embed")?;
    let orders = log.partition("orders")?;
    let offset = orders.append("one espresso").wait()?;
    println!("on stable media at offset {offset}; run me again, or kill me first");
    for record in orders.replay(Offset::ZERO) {
        let record = record?;
        println!(
            "{}: {}",
            record.offset,
            String::from_utf8_lossy(&record.value.unwrap_or_default())
        );
    }
    Ok(())
}
