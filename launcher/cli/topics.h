/* SPDX-License-Identifier: Apache-2.0 */
/* topics.h - pages of `secctr help` that are about no one command. */
#ifndef SECCTR_CLI_TOPICS_H
#define SECCTR_CLI_TOPICS_H

#include <stddef.h>

/* The text of `secctr help WORD`, or NULL. */
const char *topic_text(const char *word);
const char *topic_name(size_t i);	/* NULL at the end */

#endif
