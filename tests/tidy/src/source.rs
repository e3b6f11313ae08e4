//! Rust source split into code, comments and literals, line by line.
//!
//! Not a parser: a scanner that knows just enough (comments nest, raw strings have hashes, a quote
//! may begin a lifetime) to tell a word in the code from the same word in a string.

/// What one character of the source belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// One line, seen from both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The code alone; comments and literals (with their quotes) are blanked.
    pub code: String,
    /// The comments alone; the rest is blanked.
    pub comment: String,
    /// Characters that belong to string or character literals.
    pub literal_count: usize,
}

impl Line {
    /// Characters of the whole line.
    #[must_use]
    pub fn char_count(&self) -> usize {
        self.code.chars().count()
    }
}

/// A Rust file of the tree, scanned once and then shown to every rule.
#[derive(Clone, Debug)]
pub struct RustSource {
    /// Path from the root of the tree.
    pub path: String,
    /// The lines in order; index 0 is line 1.
    pub lines: Vec<Line>,
    /// Index of the line at which the test module at the end begins (`lines.len()` if none does).
    pub test_begin_index: usize,
}

impl RustSource {
    /// Scans `text`. Never fails: an unfinished literal or comment runs to the end of the file.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        let lines = lines_split(text, &scan(text));
        let test_begin_index = if is_test_path(path) {
            0
        } else {
            lines.iter().position(|line| begins_tests(&line.code)).unwrap_or(lines.len())
        };
        Self { path: path.to_owned(), lines, test_begin_index }
    }

    /// The lines outside tests, with their numbers from 1.
    pub fn production_lines(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.numbered_lines().take(self.test_begin_index)
    }

    /// All lines, with their numbers from 1.
    pub fn numbered_lines(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.lines.iter().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Whether a file holds tests (or benches and examples, which no user of the crate links).
#[must_use]
pub fn is_test_path(path: &str) -> bool {
    path.ends_with("_test.rs")
        || path.split('/').any(|part| matches!(part, "tests" | "benches" | "examples" | "fuzz"))
}

/// Whether `code` holds `word`, not as part of a longer identifier.
#[must_use]
pub fn contains_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(begin, _)| {
        let before = code[..begin].chars().next_back();
        let after = code[begin + word.len()..].chars().next();
        let free_before = !word.starts_with(is_identifier) || !before.is_some_and(is_identifier);
        let free_after = !word.ends_with(is_identifier) || !after.is_some_and(is_identifier);
        free_before && free_after
    })
}

fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn begins_tests(code: &str) -> bool {
    // The file's tests come last (STYLE 7), so all that follows the first such line is tests.
    // Inside another attribute (`#[cfg_attr(test, …)]`) the word means nothing of the kind.
    let code = code.trim_start();
    code.starts_with("#[cfg(test)]") || code.starts_with("#[cfg(all(test")
}

fn scan(text: &str) -> Vec<Kind> {
    let mut kinds = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut previous = '\n';
    while !rest.is_empty() {
        let (kind, taken_bytes) = token(rest, previous);
        assert!(taken_bytes >= 1, "the scanner moves on");
        let taken = &rest[..taken_bytes];
        kinds.extend(taken.chars().map(|_| kind));
        previous = taken.chars().next_back().unwrap_or(previous);
        rest = &rest[taken_bytes..];
    }
    kinds
}

/// Kind and length in bytes of what `rest` begins with.
fn token(rest: &str, previous: char) -> (Kind, usize) {
    if rest.starts_with("//") {
        return (Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, block_comment_bytes(rest));
    }
    if let Some(literal_bytes) = string_bytes(rest, previous) {
        return (Kind::Literal, literal_bytes);
    }
    if let Some(literal_bytes) = character_bytes(rest) {
        return (Kind::Literal, literal_bytes);
    }
    (Kind::Code, rest.chars().next().map_or(1, char::len_utf8))
}

fn block_comment_bytes(rest: &str) -> usize {
    let mut depth = 0usize;
    let mut position = 0;
    while position < rest.len() {
        let tail = &rest.as_bytes()[position..];
        if tail.starts_with(b"/*") {
            depth += 1;
            position += 2;
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            position += 2;
        } else {
            position += 1;
        }
        if depth == 0 {
            return position;
        }
    }
    rest.len()
}

fn string_bytes(rest: &str, previous: char) -> Option<usize> {
    // In `for"a"` the `r` ends a word, and only the bare quote begins the literal.
    if is_identifier(previous) && !rest.starts_with('"') {
        return None;
    }
    let prefix_bytes = rest.len() - rest.trim_start_matches(['b', 'c']).len();
    let after_prefix = if prefix_bytes <= 1 { &rest[prefix_bytes..] } else { return None };
    if let Some(raw) = after_prefix.strip_prefix('r') {
        let hash_count = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hash_count..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hash_count));
        let body_bytes = body.find(&close).map_or(body.len(), |found| found + close.len());
        return Some(prefix_bytes + 1 + hash_count + 1 + body_bytes);
    }
    let body = after_prefix.strip_prefix('"')?;
    Some(prefix_bytes + 1 + escaped_bytes(body, b'"'))
}

fn character_bytes(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix('\'')?;
    let first = body.chars().next()?;
    if first == '\\' {
        return Some(1 + escaped_bytes(body, b'\''));
    }
    // Without a closing quote right behind one character it is a lifetime or a loop label.
    body[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

/// Bytes of `body` up to and with the closing `quote`, stepping over escapes.
fn escaped_bytes(body: &str, quote: u8) -> usize {
    let mut escaped = false;
    for (position, &byte) in body.as_bytes().iter().enumerate() {
        if !escaped && byte == quote {
            return position + 1;
        }
        escaped = !escaped && byte == b'\\';
    }
    body.len()
}

fn lines_split(text: &str, kinds: &[Kind]) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    for (character, &kind) in text.chars().zip(kinds) {
        if character == '\n' {
            lines.push(Line::default());
            continue;
        }
        let line = lines.last_mut().expect("the list begins with one line and only grows");
        let show = |wanted| if kind == wanted { character } else { ' ' };
        line.code.push(show(Kind::Code));
        line.comment.push(show(Kind::Comment));
        line.literal_count += usize::from(kind == Kind::Literal);
    }
    if text.ends_with('\n') {
        lines.pop();
    }
    lines
}

#[cfg(test)]
#[path = "source_test.rs"]
mod source_test;
