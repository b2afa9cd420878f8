/* spawn.c - starts a program that does not outlive us */
/* SPDX-License-Identifier: MIT */
#include "ctl/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/mem.h"

/* Between fork() and execve(): what is safe in a signal handler, and nothing else. */
static void run_child(const struct spawn *spawn, pid_t parent)
{
	static const char cannot[] = "cannot be executed\n";
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it ended before it could be asked to take us with it */
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(spawn->out_fd, STDOUT_FILENO) < 0 ||
		dup2(spawn->err_fd, STDERR_FILENO) < 0)
		_exit(127);
	execve(spawn->path, spawn->argv, spawn->env);
	(void)!write(STDERR_FILENO, cannot, sizeof(cannot) - 1);
	_exit(127);
}

int spawn_program(const struct spawn *spawn, pid_t *ret_pid)
{
	sigset_t all, before;
	pid_t parent = getpid(), pid;
	int r = 0;

	/*
	 * A signal that comes to the child while it still has our handlers would be told to our
	 * loop, and be lost to the child: so none comes before it has put them away.
	 */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		run_child(spawn, parent);
	if (pid < 0)
		r = -errno;
	else
		*ret_pid = pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int spawn_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

char *spawn_own_directory(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (len < 0)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return NULL;
	return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}
