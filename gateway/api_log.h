/* api_log.h - what the server API changes, in the log with who did it */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_API_LOG_H
#define GATEWAY_API_LOG_H

#include "gateway/api_call.h"

/* [gateway] api_log */
enum api_logged { API_LOG_ALL, API_LOG_STEERING };

/* Whose token asks. */
struct api_caller {
	struct slice user, jti, address;
};

/* What only looks is not logged, nor is what a message says. */
void api_log(const struct api_caller *by, const struct api_command *call, enum api_logged logged);

#endif
