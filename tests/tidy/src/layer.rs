//! The layer law: which crate may use which, and who alone may name certain foreign crates.
//!
//! The table is that of `docs/ARCHITECTURE.md`. A new edge is its own commit with a decision page.

use crate::violation::Violation;

/// How one package uses another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    /// `[dependencies]`.
    Normal,
    /// `[dev-dependencies]`.
    Dev,
    /// `[build-dependencies]`.
    Build,
}

/// One line of a manifest: `from` names `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The package that names.
    pub from: String,
    /// The package that is named.
    pub to: String,
    /// In which table.
    pub kind: EdgeKind,
    /// The manifest, from the root of the tree.
    pub manifest: String,
}

/// What every package of ours is called by: a registry is one namespace.
pub const PREFIX: &str = "millstream-";

/// Each room and the rooms it may use, without the prefix.
const ROOMS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("batch", &["base"]),
    ("io", &["base"]),
    ("log", &["base", "batch", "io"]),
    ("wire", &["base"]),
    ("security", &["base"]),
    ("coordinator", &["base", "batch", "wire"]),
    ("controller", &["base", "batch", "io", "log"]),
    ("replica", &["base", "batch", "io", "log"]),
    ("broker", &["base", "batch", "io", "log", "wire", "coordinator", "controller", "replica"]),
    ("bench", &["base", "batch", "wire", "io", "log"]),
    ("corpus", &[]),
    ("site", &["broker", "controller"]),
    ("tidy", &[]),
    ("compat-rdkafka", &[]),
];

/// Foreign crates that few rooms may name, in any table of their manifest.
const RESERVED: &[(&str, &[&str])] = &[
    ("io-uring", &["io"]),
    ("glommio", &["io"]),
    ("core_affinity", &["io"]),
    ("libc", &["io"]),
    ("openraft", &["controller"]),
    ("wasmtime", &["transform"]),
    ("anyhow", &["broker"]),
];

/// All foreign crates that a room may use: the bottom stays small, since everyone pays for it.
const FOREIGN: &[(&str, &[&str])] = &[("base", &["bytes", "crc-fast", "crc32c", "hdrhistogram"])];

const RULE: &str = "layer law";

/// Edges that the table does not allow.
#[must_use]
pub fn check(edges: &[Edge]) -> Vec<Violation> {
    edges.iter().filter_map(check_edge).collect()
}

fn check_edge(edge: &Edge) -> Option<Violation> {
    let violation = |advice| Some(Violation::new(&edge.manifest, 1, RULE, advice));
    let Some(from) = edge.from.strip_prefix(PREFIX) else {
        return violation(format!("`{}` must be called `{PREFIX}…`", edge.from));
    };
    let Some(to) = edge.to.strip_prefix(PREFIX) else {
        return check_foreign(edge, from);
    };
    // Dev-dependencies may look upward: a test may build a whole from its parts.
    if edge.kind != EdgeKind::Normal {
        return None;
    }
    let Some((_, may_use)) = ROOMS.iter().find(|(room, _)| *room == from) else {
        return violation(format!("`{from}` has no row in the layer table: add one in layer.rs"));
    };
    if may_use.contains(&to) {
        return None;
    }
    violation(format!("`{from}` may not use `{to}`: it may use {may_use:?}"))
}

fn check_foreign(edge: &Edge, from: &str) -> Option<Violation> {
    let to = edge.to.as_str();
    let violation = |advice| Some(Violation::new(&edge.manifest, 1, RULE, advice));
    if let Some((_, owners)) = RESERVED.iter().find(|(name, _)| *name == to)
        && !owners.contains(&from)
    {
        return violation(format!("`{from}` may not name `{to}`: only {owners:?} may"));
    }
    if let Some((_, may_use)) = FOREIGN.iter().find(|(room, _)| *room == from)
        && edge.kind == EdgeKind::Normal
        && !may_use.contains(&to)
    {
        return violation(format!("`{from}` may not use `{to}`: it may use {may_use:?}"));
    }
    None
}

#[cfg(test)]
mod layer_test {
    use super::*;

    fn edge(from: &str, to: &str, kind: EdgeKind) -> Edge {
        Edge { from: from.to_owned(), to: to.to_owned(), kind, manifest: "m".to_owned() }
    }

    fn is_caught(from: &str, to: &str, kind: EdgeKind) -> bool {
        !check(&[edge(from, to, kind)]).is_empty()
    }

    #[test]
    fn an_upward_edge_is_caught() {
        assert!(is_caught("millstream-base", "millstream-log", EdgeKind::Normal));
        assert!(is_caught("millstream-io", "millstream-batch", EdgeKind::Normal));
        assert!(!is_caught("millstream-log", "millstream-io", EdgeKind::Normal));
    }

    #[test]
    fn a_test_may_look_upward() {
        assert!(!is_caught("millstream-batch", "millstream-io", EdgeKind::Dev));
    }

    #[test]
    fn only_the_io_room_names_the_kernel_in_any_table() {
        for kind in [EdgeKind::Normal, EdgeKind::Dev, EdgeKind::Build] {
            assert!(is_caught("millstream-log", "libc", kind));
            assert!(is_caught("millstream-batch", "io-uring", kind));
            assert!(!is_caught("millstream-io", "libc", kind));
        }
    }

    #[test]
    fn the_bottom_takes_no_new_foreign_crate() {
        assert!(is_caught("millstream-base", "serde", EdgeKind::Normal));
        assert!(!is_caught("millstream-base", "bytes", EdgeKind::Normal));
        assert!(!is_caught("millstream-base", "proptest", EdgeKind::Dev));
    }

    #[test]
    fn an_unknown_room_and_a_foreign_name_are_caught() {
        assert!(is_caught("millstream-attic", "millstream-base", EdgeKind::Normal));
        assert!(is_caught("attic", "millstream-base", EdgeKind::Normal));
    }
}
