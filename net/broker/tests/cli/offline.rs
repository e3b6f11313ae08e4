//! Looking into a data directory that no broker uses.

use crate::broker::{Broker, Folder, fails, run};
use std::path::PathBuf;

fn used(folder: &Folder) -> PathBuf {
    let broker = Broker::start_with(folder, &["--cores", "1"]);
    broker.ok(&["topic", "create", "a", "-p", "1"], "");
    let lines: String = (0..1000).map(|number| format!("line {number}\n")).collect();
    broker.ok(&["produce", "-t", "a"], &lines);
    broker.kill();
    folder.path().join("data")
}

#[test]
fn a_sound_directory_is_said_to_be_sound() {
    let folder = Folder::new("sound");
    let data = used(&folder).display().to_string();
    for more in [&[][..], &["--records"]] {
        let output = run(&[&["check", &data], more].concat(), "");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(": sound"), "{said}");
    }
}

#[test]
fn damage_has_an_exit_code_of_its_own() {
    let folder = Folder::new("damage");
    let data = used(&folder);
    let identity = data.join("identity");
    let mut bytes = std::fs::read(&identity).expect("a file");
    bytes[20] ^= 1;
    std::fs::write(&identity, bytes).expect("a file");
    let output = run(&["check", &data.display().to_string()], "");
    assert_eq!(output.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&output.stdout).contains("NOT SOUND"));
}

#[test]
fn a_file_is_dumped_and_what_is_none_is_refused() {
    let folder = Folder::new("dump");
    let data = used(&folder);
    let output = run(&["dump", &data.join("identity").display().to_string()], "");
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("identity version 1"));
    fails(&["dump", &folder.path().join("stderr").display().to_string()], 4);
    let nowhere = folder.path().join("nowhere").display().to_string();
    let said = fails(&["dump", &nowhere], 4);
    assert!(said.contains(&nowhere), "{said}");
}
