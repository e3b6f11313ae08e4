//! Medians and Markdown.

/// The middle value, or the mean of the two in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    assert!(!values.is_empty(), "what is reported was measured");
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// Prints the head of a table.
pub(crate) fn print_head(columns: &[&str]) {
    println!("| {} |", columns.join(" | "));
    let rules: Vec<&str> = columns.iter().map(|_| "---").collect();
    println!("|{}|", rules.join("|"));
}

/// Prints a row of a table.
pub(crate) fn print_row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}
