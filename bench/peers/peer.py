#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Measures what could be used instead, on loopback: two servers, one client program.

usage: peer.py rabbitmq-shovel|nats-source [quick]
Prints "msgs_per_s p50_ms p99_ms"; exits with 3 if the Debian packages are not installed
(rabbitmq-server librabbitmq-dev; nats-server libnats-dev). The servers speak TLS with
certificates of both sides to each other, as nodes that do not trust the network must; the
clients speak plain TCP to their own server.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
started = []


def start(command, log, **variables):
    """A server in a process group of its own, so that all of it can be ended."""
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                   env={**os.environ, **variables}, start_new_session=True)
    started.append(process)


def stop_all():
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in started:
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                pass
        time.sleep(1)
    for process in started:
        process.wait()


def wait_for(port, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"nothing listens on {port}")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def certificates(work):
    """A CA and a certificate each for a and b."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, cwd=work, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=bench",
            "-days", "30")
    for name in "ab":
        write(f"{work}/{name}.ext", f"subjectAltName=DNS:{name}.test,IP:127.0.0.1\n")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                f"/CN={name}.test")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", f"{name}.crt", "-days", "30", "-extfile", f"{name}.ext")


def shovel(work, name, queue, to_port):
    """advanced.config: everything in `queue` goes to the other broker, confirmed."""
    tls = (f"cacertfile={work}/ca.crt&certfile={work}/{name}.crt&keyfile={work}/{name}.key"
           "&verify=verify_peer&server_name_indication=disable")
    declare = f'''{{declarations, [{{'queue.declare', [{{queue, <<"{queue}">>}}, durable]}}]}}'''
    return f'''[{{rabbitmq_shovel, [{{shovels, [{{{queue}, [
  {{source, [{{protocol, amqp091}}, {{uris, ["amqp://"]}}, {declare},
            {{queue, <<"{queue}">>}}, {{prefetch_count, 1000}}]}},
  {{destination, [{{protocol, amqp091}},
            {{uris, ["amqps://guest:guest@127.0.0.1:{to_port}?{tls}"]}}, {declare},
            {{publish_properties, [{{delivery_mode, 2}}]}},
            {{publish_fields, [{{exchange, <<>>}}, {{routing_key, <<"{queue}">>}}]}}]}},
  {{ack_mode, on_confirm}}, {{reconnect_delay, 1}}]}}]}}]}}].
'''


def rabbitmq(work):
    epmd = "25809"
    common = {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": epmd,
              "RABBITMQ_CONF_ENV_FILE": "/dev/null",
              "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                  "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1"}
    start([shutil.which("epmd"), "-port", epmd], f"{work}/epmd.log", ERL_EPMD_ADDRESS="127.0.0.1")
    for name, port, queue, to_port in (("b", 25802, "b2a", 25803), ("a", 25801, "a2b", 25804)):
        home = f"{work}/{name}"
        write(f"{home}/rabbitmq.conf", f"listeners.tcp.1 = 127.0.0.1:{port}\n"
              "log.file.level = warning\nvm_memory_high_watermark.absolute = 2GB\n"
              f"listeners.ssl.1 = 127.0.0.1:{port + 2}\n"
              f"ssl_options.cacertfile = {work}/ca.crt\n"
              f"ssl_options.certfile = {work}/{name}.crt\n"
              f"ssl_options.keyfile = {work}/{name}.key\n"
              "ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n")
        write(f"{home}/advanced.config", shovel(work, name, queue, to_port))
        write(f"{home}/plugins", "[rabbitmq_shovel].\n")
        start(["/usr/lib/rabbitmq/bin/rabbitmq-server"], f"{home}/out", HOME=home,
              RABBITMQ_NODENAME=f"bench-{name}@localhost", RABBITMQ_MNESIA_BASE=f"{home}/data",
              RABBITMQ_LOG_BASE=f"{home}/log", RABBITMQ_CONFIG_FILE=f"{home}/rabbitmq",
              RABBITMQ_ADVANCED_CONFIG_FILE=f"{home}/advanced.config",
              RABBITMQ_ENABLED_PLUGINS_FILE=f"{home}/plugins", RABBITMQ_DIST_PORT=str(port + 10),
              **common)
    wait_for(25801)
    wait_for(25802)
    time.sleep(5)  # the shovels


def nats(work):
    def tls(name):
        return (f'tls {{ cert_file: "{work}/{name}.crt", key_file: "{work}/{name}.key", '
                f'ca_file: "{work}/ca.crt" ')
    leaf = {"b": f'leafnodes {{ listen: "127.0.0.1:25813", {tls("b")}, verify: true }} }}',
            "a": 'leafnodes { reconnect: 1, remotes: [ { url: "tls://127.0.0.1:25813", '
                 f'{tls("a")} }} }} ] }}'}
    for name, port in (("b", 25812), ("a", 25811)):
        write(f"{work}/{name}.conf", f'listen: "127.0.0.1:{port}"\nserver_name: {name.upper()}\n'
              f'jetstream {{ store_dir: "{work}/{name}", domain: {name.upper()} }}\n{leaf[name]}\n')
        start(["nats-server", "-c", f"{work}/{name}.conf"], f"{work}/{name}.log", GOMAXPROCS="1")
        wait_for(port)
    time.sleep(3)


PEERS = {
    "rabbitmq-shovel": ("rabbitmq-server", "/usr/include/amqp.h", "rabbitmq", rabbitmq),
    "nats-source": ("nats-server", "/usr/include/nats/nats.h", "nats", nats),
}


def main():
    server, header, library, serve = PEERS[sys.argv[1]]
    quick = "quick" in sys.argv[2:]
    if shutil.which(server) is None or not os.path.exists(header):
        return 3
    with tempfile.TemporaryDirectory(prefix="bench-peer-") as work:
        client = f"{work}/client"
        subprocess.run(["cc", "-O2", "-o", client, f"{HERE}/{library}.c", f"-l{library}"],
                       check=True)
        certificates(work)
        try:
            serve(work)
            result = subprocess.run([client, f"{work}/sink", "4000" if quick else "20000",
                                     "200" if quick else "1000"],
                                    stdout=subprocess.PIPE, text=True, timeout=120, check=False)
        finally:
            stop_all()
            if os.environ.get("PEER_KEEP"):
                shutil.copytree(work, os.environ["PEER_KEEP"], dirs_exist_ok=True)
    print(result.stdout, end="")
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
