//! What was measured, in words, and the arithmetic behind it.

use std::time::Duration;

use serde::Serialize;

/// A line of the table that `cargo xtask bench` prints.
#[derive(Default, Serialize)]
pub struct Figure {
    pub what: String,
    pub measured: String,
    /// What the same run gave for the least that could have been done.
    pub baseline: String,
    pub ratio: String,
    pub limit: String,
    /// "ok", "OVER", or nothing where there is no limit.
    pub verdict: &'static str,
}

impl Figure {
    pub fn print(&self) {
        match serde_json::to_string(self) {
            Ok(line) => println!("{line}"),
            // Six strings always serialise.
            Err(error) => eprintln!("{}: {error}", self.what),
        }
    }
}

/// How the limit was kept.
pub fn verdict(within: bool) -> &'static str {
    if within { "ok" } else { "OVER" }
}

/// How long each of many rounds took.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that `percent` of the rounds took at most; zero of no rounds.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    pub fn median(&self) -> Duration {
        self.percentile(50)
    }
}

pub fn ratio(measured: Duration, baseline: Duration) -> f64 {
    measured.as_secs_f64() / baseline.as_secs_f64().max(1e-9)
}

/// In milliseconds, with as many digits as mean something.
pub fn ms(took: Duration) -> String {
    let ms = took.as_secs_f64() * 1e3;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.1} ms") }
}

/// In megabytes, of octets.
pub fn mb(octets: i64) -> String {
    format!("{:.1} MB", octets as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_rounds_that_happened() {
        let mut times = Times::default();
        assert_eq!(times.median(), Duration::ZERO);
        for ms in (1..=40).rev() {
            times.push(Duration::from_millis(ms));
        }
        assert_eq!(times.median(), Duration::from_millis(20));
        assert_eq!(times.percentile(95), Duration::from_millis(38));
        assert_eq!(times.percentile(100), Duration::from_millis(40));
    }

    #[test]
    fn times_are_said_in_milliseconds() {
        assert_eq!(ms(Duration::from_micros(1_234)), "1.23 ms");
        assert_eq!(ms(Duration::from_micros(123_456)), "123.5 ms");
    }
}
