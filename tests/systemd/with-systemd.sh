#!/bin/bash
# with-systemd.sh - boot a systemd that is thrown away afterwards, and run a command in it
#
#	tests/systemd/with-systemd.sh COMMAND [ARGUMENT...]
#
# It is process 1 of new namespaces; no virtual machine, and what process 1 of this machine is does not
# matter. It sees this machine's files, but under an overlay: the command may install packages and
# units, and nothing of it reaches the machine. The network is an empty one with `lo`.
#
# The command is run as root in the current directory. Its status is the exit status; 125: systemd was not
# booted; 126: this machine does not let us (not root, no namespaces, no cgroup2), nothing was tried.
# TIMEOUT=300: so many seconds the command may take. SHARE=DIR: this directory is the real one inside.
#
# SPDX-License-Identifier: MIT
set -eu
umask 022

# ---- inside: process 1 of the new namespaces, still on the machine's files

# A writable view of directory $1, at $3, with what is written kept under the name $2.
overlay()
{
	mkdir -p "$room/$2" "$room/$2.work" "$3"
	mount -t overlay -o "lowerdir=$1,upperdir=$room/$2,workdir=$room/$2.work" overlay "$3"
}

# Kernel's file systems; its settings are the machine's, so they cannot be written.
mount_kernel()
{
	mkdir -p proc sys dev run
	mount -t proc -o nosuid,nodev,noexec proc proc
	mount --bind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
	mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 sys/fs/cgroup
	mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs run
}

mount_devices()
{
	mount -t tmpfs -o nosuid,mode=755 tmpfs dev
	for name in null zero full random urandom tty; do
		touch "dev/$name"
		mount --bind "/dev/$name" "dev/$name"
	done
	mkdir dev/pts dev/shm
	mount -t devpts -o newinstance,nosuid,noexec,mode=620,ptmxmode=666,gid=5 devpts dev/pts
	mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs dev/shm
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	ln -s fd/0 dev/stdin
	ln -s fd/1 dev/stdout
	ln -s fd/2 dev/stderr
}

# What this machine has enabled does not start, what needs hardware neither; /tmp is not emptied, as the
# checkout may be there.
quieten()
{
	rm -rf etc/systemd/system/*.wants etc/rc[S2345].d
	mkdir -p etc/tmpfiles.d
	: >etc/tmpfiles.d/tmp.conf
	for unit in tmp.mount getty.target systemd-logind.service systemd-udevd.service \
		systemd-firstboot.service systemd-timesyncd.service systemd-networkd.service \
		systemd-resolved.service systemd-tmpfiles-clean.timer; do
		ln -sf /dev/null "etc/systemd/system/$unit"
	done
	if ! grep -qsE '^[0-9a-f]{32}$' etc/machine-id; then
		rm -f etc/machine-id
		tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
	fi
}

become_init()
{
	room=$1
	here=$PWD
	mount -t tmpfs -o mode=755 tmpfs "$room"
	overlay / root.up "$room/root"
	cd "$room/root"
	mount_kernel
	mount_devices
	# the checkout, where it lies on a file system that the overlay of / does not show
	if [ ! -e ".$here" ] || [ "$(stat -c %d "$here")" != "$(stat -c %d /)" ]; then
		overlay "$here" here.up ".$here"
	fi
	if [ -n "$SHARE" ]; then
		mkdir -p ".$SHARE"
		mount --bind "$SHARE" ".$SHARE"
	fi
	quieten
	mkdir -p .old
	pivot_root . .old
	umount -l .old
	rmdir .old
	mount --make-rshared / # without it LoadCredential= gives an empty directory
	# clock, modules, kernel log, audit: there are no namespaces of these
	exec env -i container=with-systemd PATH=/usr/sbin:/usr/bin:/sbin:/bin setpriv \
		--bounding-set=-sys_time,-sys_module,-sys_boot,-sys_rawio,-syslog,-audit_control,-audit_read,-mknod \
		/lib/systemd/systemd --system --unit=multi-user.target
}

if [ "${1-}" = --init ]; then
	become_init "$2"
fi

# ---- outside

cannot()
{
	echo "with-systemd: $*" >&2
	exit 126
}

failed()
{
	echo "with-systemd: $*" >&2
	exit 125
}

inside()
{
	nsenter -t "$init" -a -- "$@"
}

clean_up()
{
	trap - EXIT
	set +e
	exec 2>/dev/null
	if [ -n "$outer" ]; then
		kill -KILL "${init:-$outer}" # and with process 1 ends all that it has started
		wait
	fi
	for _ in {1..100}; do
		find "$cgroup" -depth -type d -exec rmdir {} +
		[ -d "$cgroup" ] || break
		sleep 0.1
	done
	rmdir "$room"
	rm -f "$room.log"
}

# Sets `state` to what systemd says of itself, once it is up or down.
boot()
{
	mkdir "$cgroup"
	(
		echo "$BASHPID" >"$cgroup/cgroup.procs"
		exec setpriv --pdeathsig KILL unshare --mount --uts --ipc --net --pid --cgroup --fork \
			--kill-child=KILL "$self" --init "$room"
	) </dev/null >"$room.log" 2>&1 &
	outer=$!
	state=
	for _ in {1..600}; do
		sleep 0.05
		kill -0 "$outer" 2>/dev/null || break
		init=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null || true)
		init=${init%% *}
		[ "$(cat "/proc/${init:-none}/comm" 2>/dev/null)" = systemd ] || continue
		state=$(inside systemctl is-system-running 2>/dev/null || true)
		case $state in
		running | degraded) break ;;
		esac
	done
}

# systemd replaces $NAME in arguments. setsid: a main process that dies of SIGTERM counts as good.
run()
{
	local result=0 began=${EPOCHREALTIME/,/.} variables=()
	for name in PATH HOME LANG TERM CI ${PASS-}; do
		[ -z "${!name:-}" ] || variables+=(-E "$name=${!name}")
	done
	inside systemd-run --quiet --collect --wait --pipe --unit=with-systemd-command \
		"${variables[@]}" -p RuntimeMaxSec="${TIMEOUT:-300}" -p TimeoutStopSec=10 -- \
		/usr/bin/setsid --wait /usr/bin/env -C "${PWD//\$/\$\$}" "${@//\$/\$\$}" <&0 &
	wait $! || result=$?
	[ "$result" = 0 ] || inside journalctl -b --since "@$began" --no-pager -n 100 >&2 || true
	return "$result"
}

if [ $# = 0 ]; then
	sed -n '2,/^# SPDX/s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
[ "$(id -u)" = 0 ] || cannot 'only root may do this'
[ -x /lib/systemd/systemd ] && [ -x /usr/bin/dbus-daemon ] ||
	cannot 'systemd and dbus have to be installed'
unshare --mount --uts --ipc --net --pid --cgroup --fork true 2>/dev/null || cannot 'no new namespaces'
cgroup=$(findmnt -no TARGET -t cgroup2 | head -n 1)
[ -n "$cgroup" ] || cannot 'no cgroup2 is mounted'
cgroup=$cgroup/with-systemd-$$
{ mkdir "$cgroup" && rmdir "$cgroup"; } 2>/dev/null || cannot 'cgroup2 cannot be written'
{ : 3<&0; } 2>/dev/null || exec </dev/null
self=$(realpath "$0")
SHARE=${SHARE:+$(realpath -e "$SHARE")}
export SHARE
room=$(mktemp -d /run/with-systemd.XXXXXX)
outer='' init=''
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
boot
case $state in
running) ;;
degraded) inside systemctl --failed --no-pager >&2 ;;
'') failed "systemd did not start: $(cat "$room.log")" ;;
*)
	inside systemctl list-jobs --no-pager >&2 || true
	failed "not booted after 30 s: $state"
	;;
esac
result=0
run "$@" || result=$?
exit "$result"
