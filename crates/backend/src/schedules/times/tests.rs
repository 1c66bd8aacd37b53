use super::*;

fn at(hour: u8, minute: u8) -> ClockTime {
    ClockTime { hour, minute }
}

fn moment(text: &str) -> Moment {
    let zoned: Zoned = text.parse().expect("the test's own time");
    Moment(zoned.timestamp().as_microsecond())
}

/// The times after `from`, as its zone shows them, down to the offset.
fn check(recurrence: Recurrence, zone: &str, from: &str, wanted: &[&str]) {
    let times = Times::read(&recurrence, zone).expect("it is understood");
    let next = std::iter::successors(times.after(moment(from)), |before| times.after(*before));
    let shown: Vec<_> = next
        .take(wanted.len())
        .map(|at| Timestamp::from_microsecond(at.0).expect("it is a time").to_zoned(times.zone.clone()))
        .map(|at| at.strftime("%Y-%m-%dT%H:%M%:z").to_string())
        .collect();
    assert_eq!(shown, wanted, "{recurrence} in {zone} from {from}");
}

fn cron_line(line: &str) -> Recurrence {
    Recurrence::Cron(line.to_owned())
}

#[test]
fn days_follow_the_clock_of_the_zone() {
    let daily = Recurrence::Daily { at: at(8, 0) };
    check(
        daily.clone(),
        "Europe/Berlin",
        "2026-10-24T08:00[Europe/Berlin]",
        &["2026-10-25T08:00+01:00", "2026-10-26T08:00+01:00"],
    );
    check(daily.clone(), "UTC", "2026-12-31T07:59:59[UTC]", &["2026-12-31T08:00+00:00", "2027-01-01T08:00+00:00"]);
    check(daily, "Asia/Kathmandu", "2026-01-01T00:00[UTC]", &["2026-01-01T08:00+05:45"]);
}

#[test]
fn a_time_that_does_not_exist_is_the_first_behind_the_gap() {
    // 02:00 becomes 03:00 on 29 March 2026.
    for recurrence in [Recurrence::Daily { at: at(2, 30) }, cron_line("30 2 * * *")] {
        check(
            recurrence,
            "Europe/Berlin",
            "2026-03-28T03:00[Europe/Berlin]",
            &["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"],
        );
    }
    // Half an hour, 02:00 to 02:30.
    check(
        Recurrence::Daily { at: at(2, 15) },
        "Australia/Lord_Howe",
        "2026-10-03T12:00[Australia/Lord_Howe]",
        &["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"],
    );
    // Midnight itself is missing on 6 September 2026.
    check(
        Recurrence::Daily { at: at(0, 0) },
        "America/Santiago",
        "2026-09-05T12:00[America/Santiago]",
        &["2026-09-06T01:00-03:00", "2026-09-07T00:00-03:00"],
    );
}

#[test]
fn a_time_that_exists_twice_is_its_first() {
    // 03:00 becomes 02:00 on 25 October 2026.
    for recurrence in [Recurrence::Daily { at: at(2, 30) }, cron_line("30 2 * * *")] {
        check(
            recurrence,
            "Europe/Berlin",
            "2026-10-24T12:00[Europe/Berlin]",
            &["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
        );
    }
    // Asked between the two: the second one is not another day's.
    check(
        Recurrence::Daily { at: at(2, 30) },
        "Europe/Berlin",
        "2026-10-25T02:45+02:00[Europe/Berlin]",
        &["2026-10-26T02:30+01:00"],
    );
}

#[test]
fn hours_pass_whatever_the_clock_shows() {
    for recurrence in [Recurrence::Hourly { minute: 30 }, cron_line("30 * * * *")] {
        check(
            recurrence.clone(),
            "Europe/Berlin",
            "2026-10-25T01:00[Europe/Berlin]",
            &["2026-10-25T01:30+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00"],
        );
        check(
            recurrence,
            "Europe/Berlin",
            "2026-03-29T01:00[Europe/Berlin]",
            &["2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00"],
        );
    }
    check(
        Recurrence::Hourly { minute: 0 },
        "Asia/Kolkata",
        "2026-06-01T00:00[UTC]",
        &["2026-06-01T06:00+05:30", "2026-06-01T07:00+05:30"],
    );
}

#[test]
fn weeks_and_months_have_their_days() {
    check(
        Recurrence::Weekly { days: vec![Weekday::Monday, Weekday::Friday], at: at(7, 5) },
        "UTC",
        "2026-11-25T00:00[UTC]",
        &["2026-11-27T07:05+00:00", "2026-11-30T07:05+00:00", "2026-12-04T07:05+00:00"],
    );
    check(
        Recurrence::Monthly { day: 31, at: at(6, 0) },
        "UTC",
        "2027-12-31T06:00[UTC]",
        &["2028-01-31T06:00+00:00", "2028-02-29T06:00+00:00", "2028-03-31T06:00+00:00", "2028-04-30T06:00+00:00"],
    );
    check(
        Recurrence::Monthly { day: 29, at: at(6, 0) },
        "UTC",
        "2027-01-30T00:00[UTC]",
        &["2027-02-28T06:00+00:00", "2027-03-29T06:00+00:00"],
    );
    check(
        cron_line("0 8 * * MON-FRI"),
        "UTC",
        "2026-11-27T08:00[UTC]",
        &["2026-11-30T08:00+00:00", "2026-12-01T08:00+00:00"],
    );
    check(cron_line("0 0 29 2 *"), "UTC", "2026-01-01T00:00[UTC]", &["2028-02-29T00:00+00:00"]);
}

#[test]
fn what_is_not_understood_is_said_at_its_place() {
    let check = |recurrence: Recurrence, zone: &str, field: &str, words: &str| {
        let errors = Times::read(&recurrence, zone).err().expect("it is refused");
        assert_eq!((errors.0.len(), errors.0[0].field.as_ref()), (1, field));
        assert!(errors.0[0].message.contains(words), "{errors:?}");
    };
    check(Recurrence::Daily { at: at(8, 0) }, "Europe/Berlim", "zone", "no time zone “Europe/Berlim”");
    check(cron_line("60 8 * * *"), "UTC", "cron", "Field 1, the minute, is “60”");
    check(cron_line("0 8 * * FUN"), "UTC", "cron", "Field 5, the day of the week");
    check(cron_line("0 8 32 * *"), "UTC", "cron", "Field 3, the day of the month");
    let never = Times::read(&cron_line("0 0 30 2 *"), "UTC").expect("its fields are right");
    assert_eq!(never.after(moment("2026-01-01T00:00[UTC]")), None);
}

#[test]
fn a_step_that_leads_out_of_its_field_is_refused() {
    let refused = |line: &str| cron::check_steps(line).expect_err(line);
    let said = refused("*/90 * * * *");
    assert!(said.starts_with("Field 1, the minute, is “*/90”. A step of 90 leads out of 0 to 59"), "{said}");
    assert!(said.ends_with("Write 0, or a step of at most 59."), "{said}");
    for (line, words) in [
        ("*/60 * * * *", "out of 0 to 59"),
        ("0 */24 * * *", "Field 2, the hour"),
        ("0 0 */31 * *", "Write 1, or a step of at most 30"),
        ("0 0 1 */12 *", "out of 1 to 12"),
        ("0 0 * * */7", "out of 0 to 6"),
        ("10-20/11 * * * *", "out of 10 to 20"),
        ("0,5,30-40/15 * * * *", "out of 30 to 40"),
        ("0 0 1 jan-MAR/3 *", "out of 1 to 3"),
        ("0 8 * * MON-FRI/5", "out of 1 to 5"),
    ] {
        // croner takes them all.
        assert!(cron::read(line).is_ok(), "{line}");
        assert!(refused(line).contains(words), "{line}: {}", refused(line));
    }
    for line in ["*/59 */23 */30 */11 */6", "0 8-18/10 * * MON-FRI/4", "7-7/1 * * * *", "0 0 L * *", "5,10 * * * *"] {
        assert_eq!(cron::check_steps(line), Ok(()), "{line}");
    }
}

#[test]
fn two_times_of_a_cron_line_are_at_least_15_minutes_apart() {
    let check = |line: &str, zone: &str, pair: Option<[&str; 2]>| {
        let times = Times::read(&cron_line(line), zone).expect("it is understood");
        let found = times.too_close(moment("2026-02-01T12:00[UTC]"));
        let wanted = pair.map(|[first, second]| {
            format!("A schedule runs at most every 15 minutes. This one would run on {first}, and again on {second}.")
        });
        assert_eq!(found, wanted, "{line} in {zone}");
    };
    check("*/15 * * * *", "Europe/Berlin", None);
    check("0,30 8-18 * * MON-FRI", "Australia/Lord_Howe", None);
    check("0 8 29 2 *", "UTC", None);
    check("* * * * *", "UTC", Some(["Sun 1 Feb 2026, 12:01 UTC", "Sun 1 Feb 2026, 12:02 UTC"]));
    check("*/14 * * * *", "UTC", Some(["Sun 1 Feb 2026, 12:14 UTC", "Sun 1 Feb 2026, 12:28 UTC"]));
    // From one hour, day or month to the next.
    check("0,50 * * * *", "UTC", Some(["Sun 1 Feb 2026, 12:50 UTC", "Sun 1 Feb 2026, 13:00 UTC"]));
    check("0,50 0,23 * * *", "UTC", Some(["Sun 1 Feb 2026, 23:50 UTC", "Mon 2 Feb 2026, 00:00 UTC"]));
    check("0,50 0,23 1,31 * *", "UTC", Some(["Tue 31 Mar 2026, 23:50 UTC", "Wed 1 Apr 2026, 00:00 UTC"]));
    // Years ahead.
    check("0,1 8 29 2 *", "UTC", Some(["Tue 29 Feb 2028, 08:00 UTC", "Tue 29 Feb 2028, 08:01 UTC"]));
    // On 5 April 2026 the clock goes back from 02:00 to 01:30.
    let pair = ["Sun 5 Apr 2026, 01:59 +11", "Sun 5 Apr 2026, 01:30 +1030"];
    check("30,59 * * * *", "Australia/Lord_Howe", Some(pair));
    check("30,59 * * * *", "Australia/Sydney", None);
}

/// A small generator, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn the_next_time_is_later_and_none_is_skipped() {
    let zones = zones();
    assert!(zones.len() > 300 && zones.contains(&"Europe/Berlin".to_owned()), "{} zones", zones.len());
    let mut random = Random(7);
    for _ in 0..3_000 {
        let zone = &zones[random.below(zones.len() as u64) as usize];
        let time = at(random.below(24) as u8, random.below(60) as u8);
        let days: Vec<_> = Weekday::ALL.into_iter().filter(|_| random.below(3) == 0).collect();
        let recurrence = match random.below(4) {
            0 => Recurrence::Hourly { minute: time.minute },
            1 => Recurrence::Daily { at: time },
            2 if !days.is_empty() => Recurrence::Weekly { days: days.clone(), at: time },
            _ => Recurrence::Monthly { day: 1 + random.below(31) as u8, at: time },
        };
        let times = Times::read(&recurrence, zone).expect("it is understood");
        // 2026 to 2036, to the second.
        let from = Moment((1_767_225_600 + random.below(315_000_000) as i64) * 1_000_000);
        let next = times.after(from).expect("there is a next time");
        let hours = (next.0 - from.0) as f64 / 3.6e9;
        assert!(next > from, "{recurrence} in {zone} after {from}: {next}");
        let most = match &recurrence {
            // An hour, and what a change of the clock adds.
            Recurrence::Hourly { .. } => 2.0,
            Recurrence::Daily { .. } => 26.0,
            Recurrence::Weekly { .. } => 7.0 * 24.0 + 2.0,
            Recurrence::Monthly { .. } | Recurrence::Cron(_) => 31.0 * 24.0 + 2.0,
        };
        assert!(hours <= most, "{recurrence} in {zone} after {from}: {next}, {hours} h");
        // Nothing lies between: asked from any instant before it, the answer is the same.
        let between = Moment(from.0 + (next.0 - from.0 - 1) * random.below(1_000) as i64 / 1_000);
        assert_eq!(times.after(between), Some(next), "{recurrence} in {zone} after {between}");
        assert_eq!(times.after(Moment(next.0 - 1)), Some(next), "{recurrence} in {zone} just before {next}");
        let shown = Timestamp::from_microsecond(next.0).expect("it is a time").to_zoned(times.zone.clone());
        match &recurrence {
            Recurrence::Hourly { minute } => assert_eq!(shown.minute(), *minute as i8),
            Recurrence::Weekly { days, .. } => assert!(days.contains(&weekday(shown.date())), "{shown}"),
            Recurrence::Monthly { day, .. } => {
                let last = shown.date().days_in_month();
                assert_eq!(shown.day(), (*day as i8).min(last), "{recurrence} in {zone}: {shown}");
            }
            Recurrence::Daily { .. } | Recurrence::Cron(_) => {}
        }
    }
}
