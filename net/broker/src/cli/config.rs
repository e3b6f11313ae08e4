//! The broker's configuration: a file, then the environment, then `--set`; the last one wins.

use crate::cli::failure::Failure;
use millstream_controller::config::{BrokerConfig, nearest, parse_properties};
use std::path::Path;

/// How variables of the environment begin that set a configuration.
const PREFIX: &str = "MILLSTREAM_";

/// Reads all three.
pub(crate) fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    set: &[String],
) -> Result<BrokerConfig, Failure> {
    let mut config = BrokerConfig::default();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        let read =
            if is_toml { from_toml(&mut config, &text) } else { from_lines(&mut config, &text) };
        read.map_err(|why| Failure::usage(format!("{}: {why}", path.display())))?;
    }
    for (variable, value) in environment {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        let name = of_variable(name).map_err(Failure::usage)?;
        let set = config.set(name, &value);
        set.map_err(|fault| Failure::usage(format!("{variable}: {fault}")))?;
    }
    for assignment in set {
        let Some((name, value)) = assignment.split_once('=') else {
            return Err(Failure::usage(format!("--set {assignment}: write --set NAME=VALUE")));
        };
        let set = config.set(name.trim(), value.trim());
        set.map_err(|fault| Failure::usage(format!("--set {assignment}: {fault}")))?;
    }
    config.check()?;
    Ok(config)
}

fn from_lines(config: &mut BrokerConfig, text: &str) -> Result<(), String> {
    for property in parse_properties(text).map_err(|fault| fault.to_string())? {
        let set = config.set(&property.name, &property.value);
        set.map_err(|fault| format!("line {}: {fault}", property.line))?;
    }
    Ok(())
}

/// TOML with Kafka's names, flat or as nested tables: `num.partitions = 3` and `[num]` with
/// `partitions = 3` are the same to TOML.
fn from_toml(config: &mut BrokerConfig, text: &str) -> Result<(), String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        format!("line {line}: {}", error.message())
    })?;
    let mut waiting: Vec<(String, toml::Value)> = table.into_iter().collect();
    while let Some((name, value)) = waiting.pop() {
        if let toml::Value::Table(inner) = value {
            let inner = inner.into_iter().map(|(key, value)| (format!("{name}.{key}"), value));
            waiting.extend(inner);
            continue;
        }
        let text = scalar(&value).ok_or_else(|| {
            format!("{name}: a text, a number, true, false, or a list of those is expected")
        })?;
        config.set(&name, &text).map_err(|fault| fault.to_string())?;
    }
    Ok(())
}

fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(values) => {
            let texts: Option<Vec<String>> = values.iter().map(scalar).collect();
            Some(texts?.join(","))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

/// `NUM_PARTITIONS` is `num.partitions`.
fn of_variable(variable: &str) -> Result<&'static str, String> {
    let asked = variable.to_ascii_lowercase().replace('_', ".");
    let names = BrokerConfig::names;
    let found = names().find(|name| *name == asked);
    found.ok_or_else(|| {
        let near = nearest(&asked, names());
        let near = near.map(|name| name.to_ascii_uppercase().replace('.', "_"));
        let near = near.map(|name| format!("; did you mean {PREFIX}{name}?"));
        format!("{PREFIX}{variable}: there is no such configuration{}", near.unwrap_or_default())
    })
}

#[cfg(test)]
mod config_test {
    use super::*;

    fn variable(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn toml_is_flat_or_nested() {
        let text = "num.partitions = 3\n[log]\nretention.ms = -1\ndirs = [\"/a\"]\n\
                    [auto.create.topics]\nenable = false\n";
        let mut config = BrokerConfig::default();
        assert_eq!(from_toml(&mut config, text), Ok(()));
        let settings = config.settings();
        assert_eq!(settings.partition_count, 3);
        assert!(!settings.auto_create_topics);
        assert_eq!(settings.data_directories, ["/a"]);
    }

    #[test]
    fn faults_say_where_and_what_was_meant() {
        let mut config = BrokerConfig::default();
        let fault = from_toml(&mut config, "num.partitons = 3").expect_err("no such name");
        assert!(fault.contains("num.partitions"), "{fault}");
        let fault = from_toml(&mut config, "\na = ").expect_err("no value");
        assert!(fault.starts_with("line 2: "), "{fault}");
        let fault = from_toml(&mut config, "num.partitions = 1979-05-27").expect_err("a date");
        assert!(fault.starts_with("num.partitions: "), "{fault}");
        let fault = from_lines(&mut config, "# a\nnum.partitions=many").expect_err("no number");
        assert!(fault.starts_with("line 2: "), "{fault}");
    }

    #[test]
    fn set_wins_over_the_environment() {
        let environment = [variable("MILLSTREAM_NUM_PARTITIONS", "3"), variable("HOME", "/")];
        let config = load(None, environment.clone().into_iter(), &[]).expect("a good one");
        assert_eq!(config.settings().partition_count, 3);
        let set = [String::from("num.partitions=4")];
        let config = load(None, environment.into_iter(), &set).expect("a good one");
        assert_eq!(config.settings().partition_count, 4);
    }

    #[test]
    fn an_unknown_variable_is_refused_with_what_was_meant() {
        let environment = [variable("MILLSTREAM_NUM_PARTITONS", "3")];
        let failure = load(None, environment.into_iter(), &[]).expect_err("no such name");
        assert!(failure.to_string().contains("MILLSTREAM_NUM_PARTITIONS?"), "{failure}");
        assert_eq!(failure.code(), 2);
    }
}
