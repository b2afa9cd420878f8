/* verdict.c - what an endpoint's answer means for what was sent */
/* SPDX-License-Identifier: MIT */
#include "webhook/verdict.h"

enum verdict_kind verdict_of(enum verdict_end end, long status)
{
	if (end != END_ANSWERED)
		return end == END_BROKEN ? VERDICT_FAILED : VERDICT_AWAY;
	if (status >= 200 && status < 300)
		return VERDICT_ACCEPTED;
	switch (status) {
	case 410:
		return VERDICT_GONE;
	case 429:
	case 502:
	case 503:
	case 504:
		return VERDICT_AWAY;
	case 408:
	case 425:
		return VERDICT_FAILED;
	default:
		return status >= 300 && status < 500 ? VERDICT_REFUSED : VERDICT_FAILED;
	}
}
