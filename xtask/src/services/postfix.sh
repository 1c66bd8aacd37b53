# A throw-away Postfix: clear text and STARTTLS on the first port, TLS from the first byte on the second, sign-in on
# both as ops@example.test with "s3cret", or as odd@example.test with a secret of many scripts. All mail to example.test
# lands in the maildir mail/to, that to back@ in mail/back; nobody is known at known.test; any other domain is refused to
# whoever is not signed in. The folder and its parents must be open to all (0755).
set -eu
D=$1 PLAIN=$2 TLS=$3 GREY=$4 POSTGREY=$5 READER=$6
# The maildirs belong to whoever reads them; Postfix refuses to deliver as root.
if [ "$READER" = 0 ]; then READER=65534; fi
umask 022
mkdir -p "$D/etc/sasl" "$D/queue" "$D/data" "$D/mail"
chown postfix "$D/data"
chown "$READER" "$D/mail"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,DNS:mail.example.test,IP:127.0.0.1' \
    -keyout "$D/etc/key.pem" -out "$D/etc/cert.pem" 2>/dev/null
cat >"$D/etc/main.cf" <<END
compatibility_level = 3.6
queue_directory = $D/queue
data_directory = $D/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.test
mydestination =
mynetworks =
local_recipient_maps =
alias_maps =
alias_database =
default_transport = error:no way out
relay_transport = error:no way out
virtual_mailbox_domains = example.test, known.test
virtual_mailbox_base = $D/mail
virtual_mailbox_maps = inline:{ {back@example.test=back/} }, regexp:{{/@example\.test\$\$/ to/}}
virtual_uid_maps = static:$READER
virtual_gid_maps = static:65534
virtual_minimum_uid = 1000
smtpd_tls_cert_file = $D/etc/cert.pem
smtpd_tls_key_file = $D/etc/key.pem
smtpd_tls_security_level = may
smtpd_tls_session_cache_database =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = $D/etc/sasl
smtpd_sasl_local_domain = example.test
smtpd_tls_auth_only = no
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtputf8_enable = yes
in_flow_delay = 0
maillog_file_prefixes = $D
maillog_file = $D/log
END
cat >"$D/etc/master.cf" <<END
127.0.0.1:$PLAIN inet n - n - - smtpd
127.0.0.1:$TLS inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:$GREY inet n - n - - smtpd -o smtpd_recipient_restrictions=check_policy_service,inet:127.0.0.1:$POSTGREY
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil    unix - - n - 1 anvil
scache   unix - - n - 1 scache
tlsmgr   unix - - n 1000? 1 tlsmgr
error    unix - - n - - error
retry    unix - - n - - error
virtual  unix - n n - - virtual
postlog  unix-dgram n - n - 1 postlogd
END
cat >"$D/etc/sasl/smtpd.conf" <<END
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256
sasldb_path: $D/etc/sasldb2
END
printf 's3cret' | saslpasswd2 -p -c -f "$D/etc/sasldb2" -u example.test ops
printf 'pä ss"%%\\🔑' | saslpasswd2 -p -c -f "$D/etc/sasldb2" -u example.test odd
chown postfix "$D/etc/sasldb2"
chmod 400 "$D/etc/sasldb2"
# Its background processes must not hold the pipe that xtask reads to its end.
if ! postfix -c "$D/etc" start >"$D/start" 2>&1; then
    cat "$D/start" "$D/log" >&2
    exit 1
fi
