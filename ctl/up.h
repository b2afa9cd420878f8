/* up.h - atrium up: the daemons, from their settings to their end */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_UP_H
#define CTL_UP_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/child.h"
#include "ctl/console.h"
#include "ctl/data.h"
#include "ctl/env.h"
#include "proto/base/buf.h"
#include "proto/base/loop.h"

/*
 * In the order in which they are started. More gateways follow the first, then the webhook, if
 * there is a section of settings for it.
 */
enum daemon {
	DAEMON_AUTH,
	DAEMON_HUB,
	DAEMON_METRICS,
	DAEMON_GATEWAY,
	DAEMONS,
	DAEMON_WEBHOOK = DAEMONS,
	DAEMON_KINDS,
};

enum { GATEWAYS_MAX = 64, PARTS_MAX = DAEMONS - 1 + GATEWAYS_MAX + 1 };

extern const char *const daemon_names[DAEMON_KINDS];

/* What it is given on the command line. */
struct up_wish {
	const char *port; /* NULL: as the settings say, as for all that follow */
	const char *tls_port;
	const char *certificate; /* given together with: */
	const char *key;
	const char *data;
	const char *conf; /* NULL: where the daemons look by themselves */
	const char *gateways; /* NULL: one */
};

struct up_daemon {
	enum daemon kind;
	char *name; /* "gateway-2" */
	char *program;
	char *argv[6];
	struct env env;
	struct buf settings; /* in canonical form, as it prints them */
	struct child *child;
};

struct up {
	struct up_wish wish;
	struct data data;
	char *directory; /* of the programs */
	struct console console;
	struct loop *loop;
	struct up_daemon daemons[PARTS_MAX]; /* by enum daemon, and then those that follow them */
	unsigned count; /* of them all */
	bool shared; /* those that follow have been started */
	bool told; /* that all are ready */
	bool ending;
	unsigned next; /* which of the end's order comes next */
	int status; /* to exit with */
};

void up_daemon_done(struct up_daemon *daemon);

/* up_setup.c: programs, environments and settings. CTL_OK, or the status to exit with. */
int up_prepare(struct up *up);

/* up_run.c: until all have ended. The status to exit with. */
int up_run(struct up *up);

#endif
