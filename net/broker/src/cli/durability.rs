//! How safe an acknowledged record is, in a sentence.

use crate::cli::settings::Setting;

/// The sentence for a topic with these configurations; `None` where the broker tells none.
pub(crate) fn durability(settings: Option<&[Setting]>) -> String {
    let Some(settings) = settings else {
        return String::from("not known: the broker tells no configurations");
    };
    let chosen = |name: &str| {
        let setting = settings.iter().find(|setting| setting.name == name && setting.is_set())?;
        setting.value.as_deref()?.parse::<i64>().ok()
    };
    match (chosen("flush.messages"), chosen("flush.ms")) {
        (Some(..=1), _) | (_, Some(..=0)) => String::from("on disk before it is acknowledged"),
        (None, None) => {
            String::from("the broker's default (Millstream's: on disk before it is acknowledged)")
        }
        (_, Some(time_ms)) if time_ms < i64::MAX => {
            format!("in memory when acknowledged, on disk about {time_ms} ms later")
        }
        _ => String::from("in memory when acknowledged, on disk soon after"),
    }
}

#[cfg(test)]
mod durability_test {
    use super::*;

    fn set(name: &str, value: &str) -> Setting {
        Setting::of_topic(name, value)
    }

    #[test]
    fn what_was_chosen_decides() {
        let cases = [
            (vec![set("flush.messages", "1")], "on disk before it is acknowledged"),
            (vec![set("flush.ms", "0")], "on disk before it is acknowledged"),
            (vec![set("flush.ms", "50")], "in memory when acknowledged, on disk about 50 ms later"),
            (vec![set("flush.messages", "9")], "in memory when acknowledged, on disk soon after"),
        ];
        for (settings, said) in cases {
            assert_eq!(durability(Some(&settings)), said);
        }
        assert!(durability(Some(&[])).contains("default"));
        assert!(durability(None).contains("not known"));
    }
}
