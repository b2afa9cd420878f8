/* data.h - the data directory of `atrium up`: where it is, what is in it, who holds it */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_DATA_H
#define CTL_DATA_H

/* DIR, or by default $XDG_STATE_HOME/atrium or ~/.local/state/atrium; NULL: there is no home. */
char *data_path(const char *dir);
char *data_keys(const char *data);

struct data {
	char *root; /* absolute */
	char *run;
	char *state;
	char *keys;
	int lock_fd;
};

/*
 * Makes what is missing (directories, the first key) and takes the lock. Returns 0, or -errno after
 * saying why on stderr.
 */
int data_open(const char *path, struct data *ret_data);
/* lets the lock go; the struct may be all zero with lock_fd -1 */
void data_done(struct data *data);

char *data_notify_path(const struct data *data, const char *process);
char *data_pid_path(const struct data *data, const char *process);
char *data_state_path(const struct data *data, const char *process);

/* Written whole or not at all. 0 or -errno. */
int data_write_pid(const struct data *data, const char *process, int pid);

#endif
