//! The stages of one conversation: each run within its time limit, its end written down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{
    Acceptance, ConnectionSecurity, Failure, FailureKind, Mechanism, Observed, Reply, ShownCertificate, SmtpReport,
    Stage, StageReport, StageState, StopAfter, TlsFacts, waited,
};

use super::error::SmtpError;
use super::limits::{StageLimits, within};
use super::progress_feed::ProgressFeed;
use super::queue_id;
use super::transcript::Transcript;

/// The conversation ended before its last stage; what ended it stands in the progress.
#[derive(Debug)]
pub struct StageFailed;

pub struct Progress<'a> {
    limits: &'a StageLimits,
    stop_after: Option<StopAfter>,
    /// Who reads along, and may cancel it.
    live: Option<Arc<ProgressFeed>>,
    /// It ended where it was to end.
    pub stopped: bool,
    stages: Vec<StageReport>,
    /// The stage that goes on, and since when.
    running: Option<(Stage, Instant)>,
    failure: Option<Failure>,
    pub acceptance: Acceptance,
    pub final_reply: Option<Reply>,
    pub tls: Option<TlsFacts>,
    pub certificate: Option<ShownCertificate>,
    pub mechanism: Option<Mechanism>,
    pub observed: Observed,
}

impl<'a> Progress<'a> {
    pub fn new(
        security: ConnectionSecurity,
        limits: &'a StageLimits,
        stop_after: Option<StopAfter>,
        live: Option<Arc<ProgressFeed>>,
    ) -> Self {
        let not_reached = |&stage| StageReport { stage, state: StageState::NotReached, took: 0, fact: String::new() };
        Self {
            limits,
            stop_after,
            live,
            stopped: false,
            stages: Stage::way(security).iter().map(not_reached).collect(),
            running: None,
            failure: None,
            acceptance: Acceptance::No,
            final_reply: None,
            tls: None,
            certificate: None,
            mechanism: None,
            observed: Observed::default(),
        }
    }

    /// The host is looked up before the network connector leads to its address, and not after it.
    pub fn look_up_first(&mut self) {
        if let (Some(connector), Some(dns)) = (self.index(Stage::Connector), self.index(Stage::Dns)) {
            self.stages.swap(connector, dns);
        }
    }

    /// Runs one stage within its limit, unless the conversation is to end before it. `work` gives what the next stages
    /// need, and the line of fact; where its steps have limits of their own, it keeps them.
    pub async fn run<T>(
        &mut self,
        stage: Stage,
        work: impl Future<Output = Result<(T, String), SmtpError>>,
    ) -> Result<T, StageFailed> {
        if self.stop_after.is_some_and(|last| self.index(stage) > self.index(last.stage())) {
            self.stopped = true;
            return Err(StageFailed);
        }
        let limit = self.limits.of(stage);
        if self.live.is_some() {
            self.set(stage, StageState::Running, 0, limit.map(at_most).unwrap_or_default());
        }
        let started = Instant::now();
        self.running = Some((stage, started));
        let outcome = match limit {
            Some(limit) => within(limit, work).await,
            None => work.await,
        };
        self.running = None;
        let took = micros(started.elapsed());
        match outcome {
            Ok((value, fact)) => {
                self.set(stage, StageState::Done, took, fact);
                Ok(value)
            }
            Err(fault) => Err(self.fail(stage, took, fault)),
        }
    }

    /// Runs the farewell: whatever happens in it changes nothing.
    pub async fn farewell(&mut self, work: impl Future<Output = Result<Reply, SmtpError>>) {
        let started = Instant::now();
        let outcome = within(self.limits.quit, work).await;
        let (state, fact) = match outcome {
            Ok(reply) if (200..300).contains(&reply.code) => (StageState::Done, reply.to_string()),
            Ok(reply) => (StageState::Failed, reply.to_string()),
            Err(fault) => (StageState::Failed, fault.fact()),
        };
        self.set(Stage::Quit, state, micros(started.elapsed()), fact);
    }

    /// Whoever watches broke it off: the stage that goes on is the last.
    pub fn cancel(&mut self) -> StageFailed {
        match self.running.take() {
            Some((stage, started)) => self.fail(stage, micros(started.elapsed()), FailureKind::Cancelled.into()),
            None => StageFailed,
        }
    }

    /// A stage that is not part of this conversation; `why` becomes its fact.
    pub fn skip(&mut self, stage: Stage, why: &str) {
        self.set(stage, StageState::Skipped, 0, why.to_owned());
    }

    pub fn fail(&mut self, stage: Stage, took: u64, fault: SmtpError) -> StageFailed {
        let state = match fault.kind {
            FailureKind::Cancelled => StageState::Cancelled,
            _ => StageState::Failed,
        };
        self.set(stage, state, took, fault.fact());
        self.failure = Some(Failure { stage, kind: fault.kind, reply: fault.reply });
        StageFailed
    }

    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// At which position a stage stands.
    fn index(&self, stage: Stage) -> Option<usize> {
        self.stages.iter().position(|report| report.stage == stage)
    }

    fn set(&mut self, stage: Stage, state: StageState, took: u64, fact: String) {
        let Some(index) = self.index(stage) else { return };
        self.stages[index] = StageReport { stage, state, took, fact };
        if let Some(live) = &self.live {
            live.stage(&self.stages, index);
        }
    }

    pub fn into_report(self, transcript: Transcript) -> SmtpReport {
        let Self {
            limits: _,
            live: _,
            stop_after,
            stopped,
            mut stages,
            running: _,
            failure,
            acceptance,
            final_reply,
            tls,
            certificate,
            mechanism,
            observed,
        } = self;
        let queue_id = match (acceptance, &final_reply) {
            (Acceptance::Yes, Some(reply)) => queue_id::find(reply),
            _ => None,
        };
        if stopped {
            for report in stages.iter_mut().filter(|report| report.state == StageState::NotReached) {
                report.state = StageState::Skipped;
                "Left out on purpose".clone_into(&mut report.fact);
            }
        }
        let took = transcript.elapsed();
        SmtpReport {
            stages,
            transcript: transcript.into_lines(),
            taken: acceptance,
            failure,
            final_reply,
            queue_id,
            tls,
            certificate,
            mechanism,
            took,
            stopped_after: stop_after.filter(|_| stopped),
            observed,
        }
    }
}

/// What a stage that goes on says of its limit.
pub fn at_most(limit: Duration) -> String {
    format!("At most {}", waited(limit))
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
