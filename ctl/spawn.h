/* spawn.h - starts a program that does not outlive us */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_SPAWN_H
#define CTL_SPAWN_H

#include <sys/types.h>

struct spawn {
	const char *path;
	char *const *argv;
	char *const *env;
	int out_fd; /* its stdout */
	int err_fd; /* its stderr */
};

/*
 * The program has a process group of its own, so that Ctrl-C comes to us alone; stdin is /dev/null;
 * the kernel kills it when we end. 0 or -errno; a program that cannot be executed says so on its
 * stderr and ends with 127.
 */
int spawn_program(const struct spawn *spawn, pid_t *ret_pid);

/* Waits for it to end; its exit status, or 128 + the signal that ended it. */
int spawn_wait(pid_t pid);

/* The directory of our own program; the caller frees it. NULL: it cannot be told. */
char *spawn_own_directory(void);

#endif
