# A throw-away Exim: clear text and STARTTLS on the first port, TLS from the first byte on the second, sign-in on both as
# ops@example.test with "s3cret". It takes mail to to@example.test and forgets it; full@example.test has no room; all
# others of example.test are unknown, and any other domain is refused to whoever is not signed in. The program needs a
# user of its own, whom nobody else sees.
set -eu
D=$1 PROGRAM=$2 PLAIN=$3 TLS=$4
umask 022
mkdir -p "$D/spool" "$D/log"
chown 65533:65533 "$D/spool" "$D/log"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$D/key.pem" -out "$D/cert.pem" 2>/dev/null
chmod 644 "$D/key.pem"
cat >"$D/exim.conf" <<END
exim_path = $D/exim4
spool_directory = $D/spool
log_file_path = $D/log/%slog
local_interfaces = 127.0.0.1
primary_hostname = exim.example.test
tls_on_connect_ports = $TLS
tls_advertise_hosts = *
tls_certificate = $D/cert.pem
tls_privatekey = $D/key.pem
auth_advertise_hosts = *
message_size_limit = 100K
domainlist ours = example.test
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
keep_environment =
begin acl
rcpt:
  deny    domains = +ours
          local_parts = full
          message = 552 5.2.2 Mailbox full
  require message = relay not permitted
          domains = +ours : \${if def:authenticated_id{*}}
  require verify = recipient
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and {{eq{\$auth2}{ops@example.test}}{eq{\$auth3}{s3cret}}}}
  server_set_id = \$auth2
begin routers
hole:
  driver = redirect
  local_parts = to : full
  data = :blackhole:
END
{ cat /etc/passwd; echo 'Debian-exim:x:65533:65533::/nonexistent:/usr/sbin/nologin'; } >"$D/passwd"
{ cat /etc/group; echo 'Debian-exim:x:65533:'; } >"$D/group"
mount --bind "$D/passwd" /etc/passwd
mount --bind "$D/group" /etc/group
cp "$PROGRAM" "$D/exim4"
echo $$ >"$D/pid"
exec "$D/exim4" -C "$D/exim.conf" -bdf -oX "$PLAIN : $TLS"
