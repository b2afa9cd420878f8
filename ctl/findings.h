/* findings.h - what several programs say is wrong with one file, each once and in its order */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_FINDINGS_H
#define CTL_FINDINGS_H

#include "proto/base/buf.h"

struct finding {
	char *file; /* NULL: it is of no file, but of the environment, say */
	unsigned long line;
	char *message;
};

/* All-zero is a good start. */
struct findings {
	struct finding *rows;
	size_t count;
};

/* Lines `FILE:LINE: message`, or just a message; what is there already is not added again. */
void findings_add(struct findings *findings, struct slice lines);
void findings_sort(struct findings *findings); /* by line; those without one come last */
void findings_done(struct findings *findings);

#endif
