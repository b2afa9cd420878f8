/* http_listen.h - the listening socket: handed down, or our own */
/* SPDX-License-Identifier: MIT */
#ifndef METRICS_HTTP_LISTEN_H
#define METRICS_HTTP_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

/* A non-blocking socket that listens, or -errno. */
int http_listen(const char *address, uint16_t port, bool *ret_inherited);

unsigned http_listen_port(int fd); /* 0: it has none */

#endif
