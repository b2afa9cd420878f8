/* version.h - the version of all programs */
/* SPDX-License-Identifier: MIT */
#ifndef PROTO_VERSION_H
#define PROTO_VERSION_H

#define ATRIUM_VERSION "0.1.0"

#endif
