/* watching.h - the file descriptors that a loop watches; for loop.c */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_BASE_WATCHING_H
#define PROTO_BASE_WATCHING_H

#include "proto/base/loop.h"

struct watching;
struct watching *watching_new(uv_loop_t *uv);
/* Frees watches that are left, and closes its handle, which libuv has freed a turn later. */
void watching_free(struct watching *watching);

struct watching *loop_watching(struct loop *loop);

#endif
