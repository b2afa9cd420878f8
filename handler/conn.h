/* conn.h - the library's only file that calls ZeroMQ: one connection to the hub's handlers.sock */
/* SPDX-License-Identifier: MIT */
#ifndef HANDLER_CONN_H
#define HANDLER_CONN_H

#include "proto/base/buf.h"

struct conn;

enum conn_change { CONN_SAME, CONN_CONNECTED, CONN_BROKEN };

/* 0; -ENAMETOOLONG, -EMFILE, -ENOMEM. It connects, and again whenever it is broken. */
int conn_new(const char *path, struct conn **ret_conn);
void conn_free(struct conn *conn); /* what was sent has 300 ms to leave; takes NULL */

/* Readable when there may be something to do. Then all of it is to be done: see conn_ready(). */
int conn_socket_fd(const struct conn *conn);
int conn_monitor_fd(const struct conn *conn);

/* Asked until it says CONN_SAME. */
enum conn_change conn_change(struct conn *conn);

/* The next batch, borrowed until the next call; false: there is none now. */
bool conn_receive(struct conn *conn, struct slice *ret_bytes);

/* 0; -EAGAIN: what was sent before has not left yet; -ENOMEM. */
int conn_send(struct conn *conn, struct slice bytes);

/*
 * There is something to receive, or room to send if that is wanted: the descriptors need not tell
 * of it, if a send or receive has come between.
 */
bool conn_ready(struct conn *conn, bool sending);

#endif
