//! `millstream-bench hw`, from outside, with a second for everything.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory of one test, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("hw-{test}-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).expect("a temporary directory");
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn entries(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("it is there");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.expect("it is there").file_name().to_string_lossy().into_owned()
        };
        entries.map(name).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn hw(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream-bench"));
    command.arg("hw").args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    hw(arguments).output().expect("the program starts")
}

/// What it said on standard error, when it ended with this code.
fn refused(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    said
}

#[test]
fn a_card_is_measured_written_and_compared_with_itself() {
    let folder = Folder::new("card");
    let (dir, page, card) = (folder.path(""), folder.path("page.html"), folder.path("card.json"));
    let output = run(&["--seconds", "1", "--dir", &dir, "--json", "--html", &page]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(folder.entries(), ["page.html"], "nothing else is left behind");
    std::fs::write(&card, &output.stdout).expect("the folder is writable");

    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["is_partial"], false);
    let figures = value["figures"].as_array().expect("figures");
    assert!(figures.len() >= 15, "{figures:?}");
    for figure in figures {
        assert!(figure["value"].as_f64().is_some_and(|value| value >= 0.0), "{figure}");
    }
    assert_eq!(value["expectations"].as_array().map(Vec::len), Some(6));
    let text = std::fs::read_to_string(&page).expect("the page is there");
    assert!(text.contains("<polyline") && text.ends_with("</html>\n"));

    let compared = run(&["compare", &card, &card]);
    assert!(compared.status.success());
    let text = String::from_utf8(compared.stdout).expect("text");
    assert!(text.contains("1.00") && !text.contains("better") && !text.contains("worse"), "{text}");
}

#[test]
fn an_interrupted_run_reports_what_it_has_and_leaves_nothing() {
    let folder = Folder::new("interrupt");
    let dir = folder.path("");
    let child = hw(&["--seconds", "600", "--dir", &dir, "--json"]).stdout(Stdio::piped()).spawn();
    let child = child.expect("the program starts");
    // It is in the middle of it as soon as its files are there.
    while folder.entries().is_empty() {
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill(1) is there").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["is_partial"], true);
    assert_eq!(folder.entries(), [] as [String; 0]);
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    let folder = Folder::new("refused");
    let (file, dir) = (folder.path("file"), folder.path(""));
    std::fs::write(&file, "{}").expect("the folder is writable");
    for (arguments, code, said) in [
        (&["--dir", "/nowhere/at/all"][..], 4, "cannot be used"),
        (&["--dir", &file][..], 4, "is no directory"),
        (&["--seconds", "0"][..], 2, "0 is not in 1..=3600"),
        (&["--seconds", "1", "--quick"][..], 2, "cannot be used with"),
        (&["--dir", &dir, "--core", "100000"][..], 2, "--core 100000: this process may use"),
        (&["--dir", &dir, "--html", "/nowhere/page.html"][..], 2, "/nowhere/page.html"),
        (&["compare", &file, &file][..], 2, "no score card"),
        (&["compare", &file, "/nowhere/card"][..], 2, "no score card"),
    ] {
        let heard = refused(arguments, code);
        assert!(heard.contains(said), "{arguments:?}: {heard}");
    }
    assert_eq!(folder.entries(), ["file"]);
}
