//! Which cores a broker runs on: `--cores`.

use std::str::FromStr;

/// Cores by their index among those that the process may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cores(pub(crate) Vec<usize>);

/// As many shards as a data directory can have.
const CORES_MAX: usize = millstream_base::limits::SHARDS_MAX;

impl Cores {
    /// All cores that the process may use.
    pub(crate) fn all() -> Self {
        Self::first(available())
    }

    /// So many shards, spread over the cores that the process may use.
    pub(crate) fn first(shard_count: usize) -> Self {
        let available = available();
        Self((0..shard_count.min(CORES_MAX)).map(|index| index % available).collect())
    }
}

fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl FromStr for Cores {
    type Err = String;

    /// `4`: four of them; `0,2,4-7`: these.
    fn from_str(text: &str) -> Result<Self, String> {
        let cores = match text.parse() {
            Ok(count) => Self::first(count),
            Err(_) => Self(list(text).ok_or("a number like 4, or a list like 0,2,4-7")?),
        };
        if cores.0.is_empty() {
            return Err(String::from("a broker needs a core at least"));
        }
        Ok(cores)
    }
}

fn list(text: &str) -> Option<Vec<usize>> {
    let mut cores = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse::<usize>().ok()?);
        if first > last || last >= available() {
            return None;
        }
        cores.extend((first..=last).filter(|core| !cores.contains(core)).collect::<Vec<_>>());
    }
    Some(cores)
}

#[cfg(test)]
mod cores_test {
    use super::*;

    #[test]
    fn a_number_is_a_count_and_a_list_is_a_list() {
        assert_eq!("1".parse(), Ok(Cores(vec![0])));
        assert_eq!("0,".parse::<Cores>().ok(), None);
        assert_eq!("0-0".parse(), Ok(Cores(vec![0])));
        assert_eq!("0,0-0".parse(), Ok(Cores(vec![0])));
        for wrong in ["0", "", "a", "1-0", "-1", "0-99999"] {
            assert!(wrong.parse::<Cores>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn more_shards_than_cores_share_them() {
        let cores = Cores::first(available() + 1);
        assert_eq!(cores.0.len(), available() + 1);
        assert_eq!(cores.0.last(), Some(&0));
    }
}
