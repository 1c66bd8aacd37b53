# A disk of ext4 in a file, mounted in this process's mount namespace, whose power can be cut: what is not on it by then
# is lost. Does what standard input says, a word a line, and answers each with a line. When it ends, the kernel takes
# the mount and the loop device back.
import fcntl, os, struct, subprocess, sys

image, folder = sys.argv[1:]
EXT4_IOC_SHUTDOWN, NOLOGFLUSH = 0x8004587D, 2  # _IOR('X', 125, __u32)
LOOP_DEVICES = 7


def run(*words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise OSError(' '.join(done.stdout.split()))


def cut():
    disk = os.open(folder, os.O_RDONLY)
    try:
        # Never another disk than its own.
        if os.major(os.fstat(disk).st_dev) != LOOP_DEVICES:
            raise OSError(f'{folder} is not on a loop device')
        fcntl.ioctl(disk, EXT4_IOC_SHUTDOWN, struct.pack('I', NOLOGFLUSH))
    finally:
        os.close(disk)


WORDS = {
    'mount': lambda: run('mount', '-t', 'ext4', '-o', 'loop', image, folder),
    'cut': cut,
    'unmount': lambda: run('umount', folder),
}

for line in sys.stdin:
    try:
        WORDS[line.strip()]()
        print('done', flush=True)
    except OSError as error:
        print(error, flush=True)
