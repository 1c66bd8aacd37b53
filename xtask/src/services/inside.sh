# A network of its own, into which only proxies lead: SOCKS5 on port 1080, with a sign-in on 1081, HTTP CONNECT with
# Basic on 8888 and with Digest on 3128; they sign ops in with "s3cret". A mail server that listens to 127.0.0.1 in it
# is mail.example.test to the proxies, and nowhere else. The folder and its parents must be open to all (0755).
set -eu
D=$1 SPACE=$2 OUTER=$3 INNER=$4
umask 022
mkdir -p "$D/squid"
chown proxy "$D/squid"
printf '127.0.0.1 localhost mail.example.test\n' >"$D/hosts"
: >"$D/resolv.conf"
ip netns add "$SPACE"
ip link add "$SPACE" type veth peer name inside netns "$SPACE"
ip address add "$OUTER/30" dev "$SPACE"
ip link set "$SPACE" up
ip -n "$SPACE" address add "$INNER/30" dev inside
ip -n "$SPACE" link set inside up
ip -n "$SPACE" link set lo up

cat >"$D/tinyproxy.conf" <<END
User nobody
Group nogroup
Listen $INNER
Port 8888
Timeout 60
LogLevel Connect
BasicAuth ops s3cret
END
echo 'ops:s3cret' >"$D/squid/digest"
cat >"$D/squid.conf" <<END
http_port $INNER:3128
visible_hostname proxy.example.test
cache deny all
cache_mem 8 MB
max_filedescriptors 1024
pinger_enable off
shutdown_lifetime 0 seconds
hosts_file $D/hosts
dns_nameservers 127.0.0.1
dns_timeout 1 second
netdb_filename none
coredump_dir $D/squid
pid_filename none
access_log none
cache_log $D/squid/log
auth_param digest program /usr/lib/squid/digest_file_auth $D/squid/digest
auth_param digest children 1
auth_param digest realm inside
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
END

# Each sees the names of this network alone. They must not hold the pipe that xtask reads to its end.
run() {
    log=$1
    shift
    # shellcheck disable=SC2016
    setsid ip netns exec "$SPACE" sh -c '
        mount --bind "$0/hosts" /etc/hosts
        mount --bind "$0/resolv.conf" /etc/resolv.conf
        exec "$@"' "$D" "$@" </dev/null >"$D/$log" 2>&1 &
}
run socks microsocks -i "$INNER" -p 1080
run socks-sign-in microsocks -i "$INNER" -p 1081 -u ops -P s3cret
run tinyproxy tinyproxy -d -c "$D/tinyproxy.conf"
run squid.start squid -N -f "$D/squid.conf"
for port in 1080 1081 8888 3128; do
    tries=0
    until (exec 3<>"/dev/tcp/$INNER/$port") 2>/dev/null; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ]; then
            echo "nothing listens on $INNER:$port" >&2
            cat "$D/socks" "$D/socks-sign-in" "$D/tinyproxy" "$D/squid.start" >&2
            exit 1
        fi
        sleep 0.1
    done
done
