//! What a contributor runs before a commit: all that needs Rust and a C compiler alone, in a few minutes.
//!
//! Tests that need servers, packages of Debian, other rights or much time are left out by their names. `cargo xtask
//! test` leaves out none, and there a test that does not find what it needs fails.

use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::install;
use crate::test::Tally;

/// Tests that need the same thing of the machine, by parts of their names.
struct LeftOut {
    need: &'static str,
    names: &'static [&'static str],
}

const LEFT_OUT: &[LeftOut] = &[
    LeftOut {
        need: "PostgreSQL",
        names: &[
            "::on_postgres",
            "a_server_that_stands_still_in_a_change_loses_its_locks_after_a_minute",
            // crates/backend/tests/store
            "a_backup_of_an_older_posthouse_is_brought_up_to_date",
            "a_database_that_is_not_utf_8_is_refused",
            "a_locked_row_refuses_the_save_on_postgresql",
            "a_server_that_falls_silent_is_not_waited_for",
            "a_server_that_is_gone_is_told_and_found_again",
            "a_server_that_refuses_is_quoted",
            "either_database_takes_a_backup_as_it_was",
            "no_number_is_given_twice_after_a_restore",
            // server/tests/program
            "a_backup_beside_a_running_server_is_restored_elsewhere",
            "a_database_of_a_newer_program_is_left_alone",
            "a_database_that_is_gone_is_told_and_found_again",
            "a_database_that_refuses_is_named",
            "a_session_ends_after_the_time_that_is_set",
            "another_server_and_a_restarted_one_know_the_tries",
            "every_planned_report_is_sent_once_or_marked_not_known",
            "two_servers_on_one_database_and_one_of_them_rotates",
        ],
    },
    LeftOut {
        need: "Postfix, Exim and swaks",
        names: &["postfix::", "postfix_sign_in::", "real_servers::", "scheduled_postfix::"],
    },
    LeftOut {
        need: "the proxies",
        names: &[
            "a_message_goes_through_each_proxy_to_a_name_that_it_alone_knows",
            "a_network_that_is_closed_is_reached_by_name_through_none_of_them",
            "what_a_proxy_answers_is_told_by_its_kind",
            "without_a_proxy_there_is_no_such_name",
        ],
    },
    LeftOut { need: "openssl", names: &["certificate_zoo::"] },
    LeftOut {
        need: "libfaketime",
        names: &[
            "a_clock_that_is_days_behind_is_not_ready_and_loses_nothing",
            "nothing_is_deleted_for_good_by_a_clock_that_is_a_month_ahead",
            "schedules_run_again_after_a_clock_that_was_a_year_ahead",
        ],
    },
    LeftOut {
        need: "Debian's Python",
        names: &[
            "a_hostile_file_takes_no_more_memory_than_an_honest_one_may",
            "openpyxl_reads_the_same_cells_of_their_types_and_no_formula",
            "python_reads_the_same_cells",
        ],
    },
    LeftOut { need: "the right to mount", names: &["a_full_disk_refuses_saves_with_words_and_loses_nothing"] },
    LeftOut {
        need: "much time",
        names: &[
            "a_second_after_a_sign_in_the_secret_is_gone_from_memory",
            "broken_off::",
            "killed::",
            "killed_backups::",
            "killed_migrations::",
            "nor_where_few_files_may_be_open",
            "thousands_of_silent_clients_and_hundreds_that_do_not_read_keep_nobody_out",
        ],
    },
];

pub fn command(args: &[String]) -> Result<ExitCode> {
    ensure!(args.is_empty(), "`check` takes nothing");
    let mut tally = Tally::default();
    tally.check_formatting();
    if install::npm_folder().join("node_modules").exists() {
        tally.check_styles();
    } else {
        println!("=== formatting of the styles: left out, prettier is not installed; `cargo xtask test` installs it");
    }
    tally.check_rust();
    let skipped = LEFT_OUT.iter().flat_map(|group| group.names).flat_map(|name| ["--skip", name]);
    let args: Vec<_> = ["--"].into_iter().chain(skipped).map(str::to_owned).collect();
    tally.test_rust(&args, None);
    if tally.left_out > 0 {
        let needs: Vec<_> = LEFT_OUT.iter().map(|group| group.need).collect();
        println!(
            "{} tests were left out, which `cargo xtask test` runs: they need {}",
            tally.left_out,
            needs.join(", ")
        );
    }
    tally.sum()
}

#[cfg(test)]
mod tests {
    use super::LEFT_OUT;
    use crate::process::root;
    use crate::tidy::tracked;

    #[test]
    fn what_is_left_out_exists() {
        let paths = tracked().expect("git lists the files");
        let tests = paths.iter().filter(|path| path.ends_with(".rs") && !path.starts_with("xtask/"));
        let sources: Vec<_> = tests.filter_map(|path| std::fs::read_to_string(root().join(path)).ok()).collect();
        for name in LEFT_OUT.iter().flat_map(|group| group.names) {
            let declared = match name.strip_suffix("::") {
                Some(module) => format!("mod {module};"),
                None => format!("fn {}(", name.trim_start_matches("::")),
            };
            assert!(sources.iter().any(|source| source.contains(&declared)), "there is no `{declared}`");
        }
    }
}
