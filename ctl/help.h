/* help.h - atrium help: what the commands say of themselves, for people and for programs */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include "ctl/ctl.h"

extern const struct ctl_option help_option;

void help_all(void);
void help_command(const struct command *command);

#endif
