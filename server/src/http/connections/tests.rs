use std::time::Duration;

use axum::body::Bytes;
use axum::routing::get;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};

use super::activity::Activity;
use super::limits::Times;
use super::*;

/// Longer than anything here takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(200);
const NEVER: Duration = Duration::from_secs(3600);

fn limits(total: usize, per_client: usize) -> Limits {
    let times = Times { head: NEVER, idle: NEVER, write: NEVER, stalled: NEVER, check: Duration::from_millis(20) };
    Limits { total, per_client, is_exempt: Box::new(|_| false), times }
}

/// A server on a free port, which stops when the sender is dropped.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

async fn start(router: Router, limits: Limits) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    let (stop, stopped) = oneshot::channel();
    let stopped = async { drop(stopped.await) };
    let ended = tokio::spawn(serve(listener, Served { router, tls: None }, limits, stopped));
    Running { address, stop, ended }
}

async fn connect(server: &Running) -> TcpStream {
    TcpStream::connect(server.address).await.expect("the server listens")
}

/// All that comes until the server hangs up.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server hangs up");
    // It may do so while there is something that it has not read.
    let _reset = read;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Asks, and reads the answer.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"hello") {
        let read = timeout(PATIENCE, stream.read_buf(&mut bytes)).await.expect("the server answers");
        assert_ne!(read.expect("it can be read"), 0, "{}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hello() -> Router {
    Router::new().route("/", get(|| async { "hello" }))
}

/// Says that an answer is not wanted any more.
struct Told(mpsc::UnboundedSender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        // Where nobody listens, nobody has to know.
        let _unheard = self.0.send(());
    }
}

/// Answers without end, and tells of each answer that has ended all the same.
fn endless() -> (Router, mpsc::UnboundedReceiver<()>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let answer = move || {
        let told = Told(sender.clone());
        let pieces = stream::repeat_with(move || {
            let _held = &told;
            Ok::<_, Infallible>(Bytes::from_static(&[0; 65_536]))
        });
        async { Body::from_stream(pieces) }
    };
    (Router::new().route("/", get(answer)), receiver)
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_is_cut() {
    let (router, mut gone) = endless();
    let mut limits = limits(10, 10);
    limits.times.write = SOON;
    let server = start(router, limits).await;
    let mut client = connect(&server).await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
    assert_eq!(timeout(PATIENCE, gone.recv()).await.expect("it is cut"), Some(()));
    drop(server.stop);
    timeout(PATIENCE, server.ended).await.expect("it ends").expect("it does not panic");
}

#[tokio::test]
async fn a_request_that_is_not_said_to_its_end_is_ended() {
    let mut limits = limits(10, 10);
    limits.times.head = SOON;
    let server = start(hello(), limits).await;
    let (mut silent, mut slow, mut second) = (connect(&server).await, connect(&server).await, connect(&server).await);
    slow.write_all(b"GET / HTTP/1.1\r\nhost").await.expect("the server reads");
    ask(&mut second).await;
    second.write_all(b"GET /").await.expect("the server reads");
    for stream in [&mut silent, &mut slow, &mut second] {
        assert_eq!(rest(stream).await, "");
    }
}

#[tokio::test]
async fn a_connection_that_is_kept_for_its_next_request_has_a_limit_of_its_own() {
    let mut limits = limits(10, 10);
    limits.times.idle = SOON;
    let server = start(hello(), limits).await;
    let mut client = connect(&server).await;
    assert!(ask(&mut client).await.starts_with("HTTP/1.1 200 OK"));
    assert_eq!(rest(&mut client).await, "");
}

#[test]
fn each_phase_has_its_own_limit() {
    let times = |head, idle, write| Times { head, idle, write, stalled: NEVER, check: NEVER };
    let activity = Activity::new();
    let (zero, check) = (Duration::ZERO, |head, idle, write| activity.is_overdue(&times(head, idle, write)));
    assert!(check(zero, NEVER, NEVER) && !check(NEVER, zero, zero), "nothing was received");
    activity.received(1);
    assert!(check(zero, NEVER, NEVER) && !check(NEVER, zero, zero), "half a request was received");
    activity.begin_answer();
    assert!(!check(zero, zero, zero) && activity.has_due(), "it is answered");
    activity.blocked();
    assert!(check(NEVER, NEVER, zero) && !check(zero, zero, NEVER), "the client takes nothing");
    activity.flushed();
    activity.answer_begun();
    assert!(!check(zero, zero, zero) && !activity.has_due(), "the client takes it");
    activity.end_answer();
    assert!(check(NEVER, zero, NEVER) && !check(zero, NEVER, zero), "the next request is waited for");
}

#[tokio::test]
async fn where_there_is_no_room_the_one_that_has_waited_longest_is_closed() {
    let server = start(hello(), limits(3, 3)).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut client = connect(&server).await;
        ask(&mut client).await;
        open.push(client);
    }
    // The first has just been of use: the second has waited longest.
    ask(&mut open[0]).await;
    let mut newest = connect(&server).await;
    ask(&mut newest).await;
    assert_eq!(rest(&mut open[1]).await, "");
    ask(&mut open[0]).await;
    ask(&mut open[2]).await;
}

#[tokio::test]
async fn thousands_that_are_silent_keep_nobody_out() {
    let server = start(hello(), limits(8, 8)).await;
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(connect(&server).await);
    }
    ask(&mut connect(&server).await).await;
}

#[tokio::test]
async fn connections_that_are_served_are_not_closed_for_new_ones() {
    let (router, mut gone) = endless();
    let server = start(router, limits(2, 2)).await;
    let mut served = [connect(&server).await, connect(&server).await];
    for client in &mut served {
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the server reads");
        client.read_exact(&mut [0; 12]).await.expect("the answer begins");
    }
    assert_eq!(rest(&mut connect(&server).await).await, "", "there is no room");
    for client in &mut served {
        client.read_exact(&mut vec![0; 1 << 20]).await.expect("the answer goes on");
    }
    assert!(gone.try_recv().is_err(), "both answers go on");
}

#[tokio::test]
async fn clients_that_take_nothing_make_room_for_others() {
    let (router, _gone) = endless();
    let mut limits = limits(2, 2);
    limits.times.stalled = Duration::ZERO;
    let server = start(router, limits).await;
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let mut client = connect(&server).await;
        let _refused = client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        stalled.push(client);
    }
    let answered = async {
        loop {
            let mut client = connect(&server).await;
            let _refused = client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
            if client.read_exact(&mut [0; 12]).await.is_ok() {
                return;
            }
        }
    };
    timeout(PATIENCE, answered).await.expect("there is room once the others stall");
}

#[tokio::test]
async fn one_client_has_no_more_than_its_share() {
    let admission = Admission::new(limits(100, 2));
    let address = |last: u8| std::net::IpAddr::from([192, 0, 2, last]);
    let first = [admission.admit(address(1)).await, admission.admit(address(1)).await];
    let first = first.map(|place| place.expect("it has its share"));
    first.iter().for_each(|place| place.connection.activity.begin_answer());
    assert!(admission.admit(address(1)).await.is_none(), "two are its share");
    assert!(admission.admit(address(2)).await.is_some(), "others have theirs");
    drop(first);
    assert!(admission.admit(address(1)).await.is_some());

    let is_exempt = Box::new(move |client| client == address(1));
    let admission = Admission::new(Limits { is_exempt, ..limits(3, 1) });
    let mut many = Vec::new();
    for _ in 0..3 {
        many.push(admission.admit(address(1)).await.expect("it is exempt"));
    }
    many.iter().for_each(|place| place.connection.activity.begin_answer());
    assert!(admission.admit(address(1)).await.is_none(), "the whole has a limit for everybody");
}

/// A client of its own address.
async fn connect_from(last: u8, server: &Running) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).expect("an address of this machine");
    socket.connect(server.address).await.expect("the server listens")
}

#[tokio::test]
async fn bodies_that_do_not_arrive_keep_nobody_out() {
    let (begun, mut begins) = mpsc::unbounded_channel();
    let upload = move |body: Body| {
        begun.send(()).expect("the test listens");
        async { axum::body::to_bytes(body, 1_000).await.map(|_| ()).map_err(|_| axum::http::StatusCode::BAD_REQUEST) }
    };
    let router = hello().route("/upload", axum::routing::post(upload));
    let server = start(router, limits(20, 20)).await;
    let mut strangers = Vec::new();
    for last in 2..22 {
        let mut stranger = connect_from(last, &server).await;
        stranger.write_all(b"POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx").await.expect("it reads");
        timeout(PATIENCE, begins.recv()).await.expect("it is begun").expect("it is begun");
        strangers.push(stranger);
    }
    ask(&mut connect(&server).await).await;
    assert_eq!(rest(&mut strangers[0]).await, "", "the one that has waited longest made room");
    strangers[19].write_all(b"12345678").await.expect("it reads");
    let mut answer = [0; 15];
    strangers[19].read_exact(&mut answer).await.expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}

#[tokio::test]
async fn who_takes_an_answer_drop_by_drop_stalls() {
    let times = Times { stalled: SOON, ..limits(1, 1).times };
    let activity = Activity::new();
    activity.begin_answer();
    activity.blocked();
    assert!(activity.expendable(&times).is_none(), "it may take the next piece soon");
    tokio::time::sleep(SOON).await;
    activity.sent(1_000);
    assert!(activity.expendable(&times).is_some(), "1 kB in that time is nearly nothing");
    activity.sent(10_000);
    assert!(activity.expendable(&times).is_none(), "it goes on");
}

#[tokio::test]
async fn the_client_with_most_connections_makes_room_where_all_are_served() {
    let admission = Admission::new(limits(3, 3));
    let address = |last: u8| std::net::IpAddr::from([192, 0, 2, last]);
    let admit = async |last: u8| {
        let place = admission.admit(address(last)).await;
        place.inspect(|place| place.connection.activity.begin_answer())
    };
    let (other, oldest) = (admit(1).await, admit(2).await.expect("there is room"));
    let second = admit(2).await;
    assert!(admit(2).await.is_none(), "nobody has more than it has");
    let makes_room = async {
        oldest.connection.closed().await;
        drop(oldest);
    };
    let (newcomer, ()) = timeout(PATIENCE, async { tokio::join!(admit(3), makes_room) }).await.expect("it ends");
    assert!(newcomer.is_some() && other.is_some() && second.is_some());
    assert!(admit(1).await.is_none(), "each has one");
}

#[tokio::test]
async fn the_networks_of_one_site_have_a_share_together() {
    let admission = Admission::new(limits(100, 2));
    let address = |site: u16, network: u16| [0x2001, 0xdb8, site, network, 0, 0, 0, 1].into();
    let mut places = Vec::new();
    for network in 0..8 {
        let place = admission.admit(address(1, network)).await.expect("the site has its share");
        place.connection.activity.begin_answer();
        places.push(place);
    }
    assert!(admission.admit(address(1, 8)).await.is_none(), "the site has no more");
    assert!(admission.admit(address(2, 0)).await.is_some(), "another site has its own share");
    drop(places);
    assert!(admission.admit(address(1, 8)).await.is_some());
}
