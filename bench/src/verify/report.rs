//! What `verify` says.

use super::judge::Verdict;
use serde_json::{Value, json};
use std::fmt::Write;

pub(super) struct Report {
    pub(super) topic: String,
    /// Whether the journal ends within a line.
    pub(super) is_torn: bool,
    /// Why it was produced no longer, if not for time.
    pub(super) why_ended: Option<String>,
    /// Whether everything could be read.
    pub(super) is_whole: bool,
    pub(super) verdict: Verdict,
}

impl Report {
    pub(super) fn text(&self) -> String {
        let Verdict { acknowledged, unanswered, read, .. } = &self.verdict;
        let Verdict { lost, doubled, reordered, misplaced, corrupt, .. } = &self.verdict;
        let mut text = format!(
            "topic {}\n{acknowledged} records acknowledged, {unanswered} sent and never answered, \
             {read} read\nlost {lost}, doubled {doubled}, reordered {reordered}, misplaced \
             {misplaced}, corrupt {corrupt}\n",
            self.topic
        );
        let mut line = |is_said: bool, words: &str| {
            if is_said {
                writeln!(text, "{words}").expect("a string takes all");
            }
        };
        let repeated = self.verdict.repeated;
        let words = format!(
            "{repeated} are there twice, since they were sent again after a lost answer: only \
             idempotent producers exclude that"
        );
        line(repeated > 0, &words);
        line(
            self.is_torn,
            "the journal ends within a line: what that said is taken for unanswered",
        );
        line(!self.is_whole, "not everything could be read: what is missing is not called lost");
        for finding in &self.verdict.told {
            line(true, finding);
        }
        let is_sound = self.is_whole && self.verdict.is_sound();
        line(is_sound, "sound: all that was acknowledged is there, once, in order, as it was sent");
        text
    }

    pub(super) fn json(&self) -> Value {
        let verdict = &self.verdict;
        json!({
            "topic": self.topic,
            "acknowledged": verdict.acknowledged,
            "unanswered": verdict.unanswered,
            "read": verdict.read,
            "lost": verdict.lost,
            "doubled": verdict.doubled,
            "reordered": verdict.reordered,
            "misplaced": verdict.misplaced,
            "corrupt": verdict.corrupt,
            "repeated": verdict.repeated,
            "findings": verdict.told,
            "is_journal_torn": self.is_torn,
            "is_whole": self.is_whole,
            "is_sound": self.is_whole && verdict.is_sound(),
            "why_ended": self.why_ended,
        })
    }
}
