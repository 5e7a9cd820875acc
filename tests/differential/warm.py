#!/usr/bin/env python3
"""Runs a command with the genuine AWS CLI kept warm:

    PYTHON warm.py AWS COMMAND...

AWS is the CLI's own script and PYTHON the Python that it runs under. The command finds in
ROLECALL_AWS_CLI a program that is that CLI, but for its start: most of the time of a call of the AWS CLI
goes into the import of its modules, so one process imports them and is forked for each call. Arguments,
environment, directory and open files are the caller's; the code that runs is the CLI's own.
"""

import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

# What a call asks with, in a Python that starts in a few milliseconds: without site packages, and with
# no module that is not built in.
CLIENT = """\
import posix, sys, _socket
def main(path, arguments):
    environment = [name + b"=" + value for name, value in posix.environ.items()]
    parts = [posix.getcwdb(), b"%d" % len(arguments), *arguments, *environment]
    message = b"\\0".join(parts)
    asked = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    asked.connect(path)
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    head = len(message).to_bytes(8, "big")
    asked.sendmsg([head], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    asked.sendall(message)
    answer = b""
    while True:
        more = asked.recv(16)
        if not more:
            break
        answer += more
    posix._exit(int(answer) if answer else 255)
main(sys.argv[1], [argument.encode("utf-8", "surrogateescape") for argument in sys.argv[2:]])
"""

# Calls after which every module that most calls need has been imported.
TRIALS = [
    ["iam", "create-user", "--user-name", "a", "--tags", "Key=a,Value=b"],
    ["iam", "list-users", "--output", "table", "--query", "Users[].UserName"],
    ["sts", "get-caller-identity", "--output", "text"],
    ["s3api", "list-objects-v2", "--bucket", "a", "--output", "yaml"],
    ["s3", "ls"],
    ["s3", "cp", "-", "s3://a/b"],
    ["cloudformation", "deploy", "--stack-name", "a", "--template-file", "/dev/null"],
    ["cloudformation", "describe-stacks"],
    ["configure", "list"],
    ["iam", "help"],
]


def run(arguments):
    """One call of the CLI: its exit status."""
    import awscli.clidriver

    sys.argv = ["aws", *arguments]
    try:
        status = awscli.clidriver.main()
    except SystemExit as stop:
        status = stop.code
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    if status is None:
        return 0
    if isinstance(status, int):
        return status & 255
    print(status, file=sys.stderr)
    return 1


def finish():
    """What Python does at its end."""
    import atexit
    import threading

    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            pass


def streams():
    """Standard streams as Python opens them at its start."""
    like = sys.__stdout__
    sys.stdin = open(0, encoding=like.encoding, errors=like.errors, closefd=False)
    sys.stdout = open(
        1, "w", encoding=like.encoding, errors=like.errors, closefd=False
    )
    sys.stderr = open(
        2,
        "w",
        buffering=1,
        encoding=like.encoding,
        errors="backslashreplace",
        closefd=False,
    )


def put_off_logging():
    """Keeps the import of the CLI from beginning awscrt's log, whose thread no fork would take along.
    Gives what begins it as the CLI asked for."""
    try:
        import awscrt.io
    except ImportError:
        return lambda: None
    begin, asked = awscrt.io.init_logging, []
    awscrt.io.init_logging = lambda *given: asked.append(given)

    def begin_logging():
        awscrt.io.init_logging = begin
        for given in asked:
            begin(*given)

    return begin_logging


def modules_of(arguments):
    """The names of all modules that are there after a call that reaches nobody."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.environ.update(
            AWS_ACCESS_KEY_ID="a",
            AWS_SECRET_ACCESS_KEY="b",
            AWS_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
            AWS_MAX_ATTEMPTS="1",
            AWS_PAGER="",
            MANPAGER="cat",
            HOME="/nonexistent",
        )
        streams()
        try:
            run(["--endpoint-url", "http://127.0.0.1:9", *arguments])
        finally:
            with open(theirs, "w") as out:
                out.write("\n".join(sys.modules))
            os._exit(0)
    os.close(theirs)
    with open(ours) as found:
        names = found.read().split()
    os.waitpid(child, 0)
    return names


def answer(asked, made, begin_logging):
    """Makes the call that somebody asks for, as if it were this process's own."""
    head, files, _, _ = socket.recv_fds(asked, 8, 3)
    wanted = int.from_bytes(head, "big")
    message = b""
    while len(message) < wanted:
        message += asked.recv(wanted - len(message))
    directory, count, *rest = message.split(b"\0")
    arguments, environment = rest[: int(count)], rest[int(count) :]
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(directory)
    os.environb.clear()
    for entry in environment:
        name, _, value = entry.partition(b"=")
        os.environb[name] = value
    # What the import of the CLI puts there.
    os.environ.update(made)
    streams()
    begin_logging()
    status = run([os.fsdecode(argument) for argument in arguments])
    finish()
    asked.sendall(b"%d" % status)


def serve(path, script, ready):
    sys.path.insert(0, os.path.dirname(script))
    before = dict(os.environ)
    begin_logging = put_off_logging()
    import awscli.clidriver

    for name in {name for trial in TRIALS for name in modules_of(trial)}:
        try:
            __import__(name)
        except Exception:
            pass
    made = {name: value for name, value in os.environ.items() if before.get(name) != value}
    if len(os.listdir("/proc/self/task")) != 1:
        sys.exit("the AWS CLI starts threads when it is imported: it cannot be kept warm")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    # Those that were forked are forgotten when they end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    os.write(ready, b"1")
    os.close(ready)
    while True:
        asked, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            try:
                answer(asked, made, begin_logging)
            finally:
                os._exit(0)
        asked.close()


def main():
    script, *command = sys.argv[1:]
    # Removed by this process alone: those that are forked end as Python ends.
    place = tempfile.mkdtemp()
    server = None
    try:
        path = os.path.join(place, "socket")
        client = os.path.join(place, "client.py")
        with open(client, "w") as out:
            out.write(CLIENT)
        program = os.path.join(place, "aws")
        with open(program, "w") as out:
            out.write(f'#!/bin/sh\nexec {sys.executable} -ISE {client} {path} "$@"\n')
        os.chmod(program, 0o755)
        told, ready = os.pipe()
        server = os.fork()
        if server == 0:
            os.close(told)
            # Nothing of what this was called with is the CLI's.
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                del os.environ[name]
            try:
                serve(path, script, ready)
            except SystemExit as why:
                print(why, file=sys.stderr)
            finally:
                os._exit(1)
        os.close(ready)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment["ROLECALL_AWS_CLI"] = program
        if os.read(told, 1) != b"1":
            print("the AWS CLI cannot be kept warm, and starts anew for each call", file=sys.stderr)
            modules = os.environ.get("PYTHONPATH", "")
            with open(program, "w") as out:
                out.write(f'#!/bin/sh\nPYTHONPATH={modules} exec {sys.executable} {script} "$@"\n')
        status = subprocess.call(command, env=environment)
        sys.exit(status if status >= 0 else 1)
    finally:
        if server != 0:
            shutil.rmtree(place, ignore_errors=True)
        if server:
            try:
                os.kill(server, signal.SIGTERM)
            except ProcessLookupError:
                pass


main()
