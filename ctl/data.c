/* data.c - the data directory of `atrium up`: where it is, what is in it, who holds it */
/* SPDX-License-Identifier: MIT */
#include "ctl/data.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "proto/base/buf.h"
#include "proto/base/mem.h"
#include "proto/keyfile.h"

enum { MODE_SHARED = 0750, MODE_OWN = 0700 };

/* Every socket below DATA/run: the longest of them says how long DATA may be. */
static const char *const sockets[] = {
#define LINK(NAME, file, server, pattern, version, why) file,
#include "proto/links.def"
#undef LINK
#define PROCESS(NAME, name, code) #name ".notify",
#include "proto/processes.def"
#undef PROCESS
};

static const char *const processes[] = {
#define PROCESS(NAME, name, code) #name,
#include "proto/processes.def"
#undef PROCESS
};

char *data_path(const char *dir)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (dir)
		return mem_strdup(dir);
	if (state && state[0] == '/')
		return mem_printf("%s/atrium", state);
	return home && home[0] == '/' ? mem_printf("%s/.local/state/atrium", home) : NULL;
}

char *data_keys(const char *data)
{
	return mem_printf("%s/keys", data);
}

char *data_notify_path(const struct data *data, const char *process)
{
	return mem_printf("%s/%s.notify", data->run, process);
}

char *data_pid_path(const struct data *data, const char *process)
{
	return mem_printf("%s/%s.pid", data->run, process);
}

char *data_state_path(const struct data *data, const char *process)
{
	return mem_printf("%s/%s", data->state, process);
}

static int complain(int error, const char *path, const char *what)
{
	ctl_complain("cannot %s %s: %s", what, path, strerror(-error));
	return error;
}

static int make_dir(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return complain(-errno, path, "make");
	if (stat(path, &st) < 0)
		return complain(-errno, path, "use");
	return S_ISDIR(st.st_mode) ? 0 : complain(-ENOTDIR, path, "use");
}

/* With all that leads to it. */
static int make_path(const char *path)
{
	_cleanup_(mem_freep) char *part = mem_strdup(path);

	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int r;

		*slash = '\0';
		r = make_dir(part, MODE_SHARED);
		if (r < 0)
			return r;
		*slash = '/';
	}
	return make_dir(path, MODE_SHARED);
}

/* An address holds 107 bytes of path; ZeroMQ and systemd's protocol know no way around it. */
static int check_length(const char *root)
{
	size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1, longest = 0;

	for (size_t i = 0; i < sizeof(sockets) / sizeof(*sockets); i++)
		if (strlen(sockets[i]) > longest)
			longest = strlen(sockets[i]);
	room -= strlen("/run/") + longest;
	if (strlen(root) <= room)
		return 0;
	ctl_complain("the path of the data directory is too long for sockets in it "
		     "(%zu bytes, at most %zu): %s\nGive a shorter one with --data.",
		strlen(root), room, root);
	return -ENAMETOOLONG;
}

static int make_dirs(struct data *data)
{
	int r = make_dir(data->run, MODE_SHARED);

	if (r == 0)
		r = make_dir(data->state, MODE_SHARED);
	if (r == 0)
		r = make_dir(data->keys, MODE_OWN);
	for (size_t i = 0; r == 0 && i < sizeof(processes) / sizeof(*processes); i++) {
		_cleanup_(mem_freep) char *path = data_state_path(data, processes[i]);

		r = make_dir(path, MODE_OWN);
	}
	return r;
}

/* The lock is the kernel's and goes with the process; the file's text is for people. */
static int take_lock(struct data *data)
{
	_cleanup_(mem_freep) char *path = mem_printf("%s/lock", data->root);
	char text[32] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	ssize_t n;

	if (fd < 0)
		return complain(-errno, path, "open");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		n = pread(fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
		ctl_complain("%s is in use by another 'atrium up' (pid %s)\n"
			     "Stop it first, or give another directory with --data.",
			data->root, text[0] ? text : "unknown");
		close(fd);
		return -EBUSY;
	}
	n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		close(fd);
		return complain(-EIO, path, "write");
	}
	data->lock_fd = fd;
	return 0;
}

static bool has_key(const char *keys)
{
	size_t end = strlen(KEYFILE_SUFFIX);
	DIR *dir = opendir(keys);
	struct dirent *entry;
	bool has = false;

	while (dir && !has && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name);

		has = entry->d_name[0] != '.' && len > end &&
			strcmp(entry->d_name + len - end, KEYFILE_SUFFIX) == 0;
	}
	if (dir)
		closedir(dir);
	return has;
}

static int make_first_key(const struct data *data)
{
	int r = has_key(data->keys) ? 0 : keyfile_make(data->keys, KEYFILE_DEFAULT);

	return r < 0 && r != -EEXIST ? complain(r, data->keys, "make a key in") : 0;
}

int data_open(const char *path, struct data *ret_data)
{
	struct data data = { .lock_fd = -1 };
	int r = make_path(path);

	if (r < 0)
		return r;
	data.root = realpath(path, NULL);
	if (!data.root)
		return complain(-errno, path, "use");
	data.run = mem_printf("%s/run", data.root);
	data.state = mem_printf("%s/state", data.root);
	data.keys = data_keys(data.root);
	r = check_length(data.root);
	if (r == 0)
		r = take_lock(&data);
	if (r == 0)
		r = make_dirs(&data);
	if (r == 0)
		r = make_first_key(&data);
	if (r < 0) {
		data_done(&data);
		return r;
	}
	*ret_data = data;
	return 0;
}

void data_done(struct data *data)
{
	if (data->lock_fd >= 0)
		close(data->lock_fd);
	mem_free(data->root);
	mem_free(data->run);
	mem_free(data->state);
	mem_free(data->keys);
	*data = (struct data){ .lock_fd = -1 };
}

int data_write_pid(const struct data *data, const char *process, int pid)
{
	_cleanup_(mem_freep) char *path = data_pid_path(data, process);
	_cleanup_(mem_freep) char *new = mem_printf("%s.new", path);
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", pid);
	int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool good;

	if (fd < 0)
		return -errno;
	good = write(fd, text, (size_t)len) == len;
	close(fd);
	if (!good || rename(new, path) < 0)
		return good ? -errno : -EIO;
	return 0;
}
