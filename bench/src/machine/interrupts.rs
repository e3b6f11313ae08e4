//! Which cores take the interrupts of a device.

use std::collections::BTreeSet;

/// The cores that have taken some, from `/proc/interrupts`, see proc_interrupts(5), for the first
/// of `names` that has any. An interrupt belongs to a device if it is called by its name and one
/// more word: `virtio1-req.0`, `nvme0q1`.
pub(super) fn cores(interrupts: &str, names: &[String]) -> Vec<usize> {
    let mut lines = interrupts.lines();
    let titles = lines.next().unwrap_or_default().split_whitespace();
    let numbers = titles.filter_map(|title| title.strip_prefix("CPU")?.parse().ok());
    let columns: Vec<usize> = numbers.collect();
    let rows: Vec<&str> = lines.collect();
    let of_name = |name: &String| {
        let own = rows.iter().filter(|row| is_of(row, name));
        let taken = own.flat_map(|row| taken(row, &columns));
        taken.collect::<BTreeSet<usize>>()
    };
    let found = names.iter().map(of_name).find(|cores| !cores.is_empty());
    found.unwrap_or_default().into_iter().collect()
}

fn is_of(row: &str, name: &str) -> bool {
    let title = row.split_whitespace().next_back().unwrap_or_default();
    let Some(rest) = title.strip_prefix(name) else { return false };
    // Configuration changes are no transfers.
    (rest.starts_with('-') || rest.starts_with('q')) && !rest.contains("config")
}

fn taken(row: &str, columns: &[usize]) -> Vec<usize> {
    let counts = row.split_whitespace().skip(1).map(|count| count.parse::<u64>().unwrap_or(0));
    let used = columns.iter().zip(counts).filter(|(_, count)| *count > 0);
    used.map(|(core, _)| *core).collect()
}

#[cfg(test)]
mod interrupts_test {
    use super::*;

    const INTERRUPTS: &str = "\
           CPU0       CPU1       CPU3
 35:          7          0          0 PCI-MSIX-0000:00:02.0   0-edge      virtio1-config
 36:          0     106399          2 PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0
 37:          9          0          0 PCI-MSIX-0000:00:03.0   1-edge      virtio10-req.0
 40:          5          0          0 PCI-MSIX-0000:00:04.0   1-edge      nvme0q1
NMI:          1          1          1   Non-maskable interrupts
";

    fn of(names: &[&str]) -> Vec<usize> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        cores(INTERRUPTS, &names)
    }

    #[test]
    fn the_nearest_name_with_interrupts_counts() {
        assert_eq!(of(&["vda", "virtio1"]), [1, 3]);
        assert_eq!(of(&["nvme0n1", "nvme0"]), [0]);
        assert_eq!(of(&["sda"]), [] as [usize; 0]);
        assert_eq!(cores("", &[String::from("sda")]), [] as [usize; 0]);
    }
}
