/* SPDX-License-Identifier: Apache-2.0 */
/* import.h - an image around a tree that came without one. Privileged side; what it writes down, the caller said. */
#ifndef SECCTR_IMAGE_IMPORT_H
#define SECCTR_IMAGE_IMPORT_H

#include "launcher/image/loading.h"

/* After the parser told the one layer: its image, configuration and manifest join the load. */
int import_image(struct loading *l, struct err *e) MUST_CHECK;

#endif
