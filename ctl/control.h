/* control.h - asks auth for something, on its own socket */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_CONTROL_H
#define CTL_CONTROL_H

#include <jansson.h>

/* Where the sockets are: RUN, or DATA/run of `atrium up`; NULL: there is no home directory. */
char *control_run(const char *run, const char *data);

/*
 * 0 and the member `result` of the answer, which the caller gives back with json_decref(); or
 * -errno: -ENOENT, -ECONNREFUSED: auth does not run; -ETIMEDOUT: it does not answer; -EPROTO: it
 * refused, and why was told on stderr. Takes the request over.
 */
int control_ask(const char *run, json_t *request, json_t **ret_result);

/* What such an error means, for a person. */
const char *control_problem(int error);

#endif
