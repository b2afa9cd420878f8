/* commands.h - all commands of atrium, and which one is meant */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/ctl.h"

#define COMMAND(name) extern const struct command command_##name;
#include "ctl/commands.def"
#undef COMMAND

extern const struct command *const commands[]; /* ends with NULL */

/* NULL: there is none of this name. */
const struct command *commands_find(const char *name);

/* `atrium: 'pub' is no command` on stderr, and which may have been meant. Returns CTL_USAGE. */
int commands_unknown(const char *name);

#endif
