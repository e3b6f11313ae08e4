//! The layer law against what cargo itself says of the workspace.
#![forbid(unsafe_code)]

use std::process::Command;

use millstream_tidy::layer::{self, Edge, EdgeKind};
use millstream_tidy::{tree, violation};
use serde_json::Value;

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(tree::root())
        .output()
        .expect("cargo runs: it runs this test");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed: {complaint}");
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("cargo metadata has this field").to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("cargo metadata has this list")
}

fn edges(metadata: &Value) -> Vec<Edge> {
    let mut edges = Vec::new();
    let root = format!("{}/", text(&metadata["workspace_root"]));
    for package in array(&metadata["packages"]) {
        for dependency in array(&package["dependencies"]) {
            let kind = match dependency["kind"].as_str() {
                None => EdgeKind::Normal,
                Some("dev") => EdgeKind::Dev,
                Some("build") => EdgeKind::Build,
                Some(other) => panic!("cargo names an unknown kind of dependency: {other}"),
            };
            edges.push(Edge {
                from: text(&package["name"]),
                to: text(&dependency["name"]),
                kind,
                manifest: text(&package["manifest_path"]).replace(&root, ""),
            });
        }
    }
    edges
}

#[test]
fn every_edge_between_rooms_is_in_the_table() {
    let edges = edges(&metadata());
    let known = |edge: &Edge| edge.from == "millstream-log" && edge.to == "millstream-io";
    assert!(edges.iter().any(known), "the workspace has the edges that cargo should show");
    let violations = layer::check(&edges);
    assert!(violations.is_empty(), "{}", violation::report(&violations));
}
