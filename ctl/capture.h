/* capture.h - runs a program to its end and takes what it prints */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_CAPTURE_H
#define CTL_CAPTURE_H

#include "proto/base/buf.h"

struct capture {
	const char *path;
	char *const *argv;
	char *const *env;
	bool errors; /* its stderr is taken as well; else it goes where ours goes */
};

/* Its exit status (128 + the signal that ended it), or -errno. ret_errors may be NULL. */
int capture_run(const struct capture *capture, struct buf *ret_output, struct buf *ret_errors);

#endif
