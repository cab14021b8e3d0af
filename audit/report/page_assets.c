/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_assets.c - page.css and page.js as they stand in the tree.
 *
 * The digests are literals: the reader links no cryptography for two constants. test_page computes both and tells the right ones.
 */
#include "audit/report/page.h"

#define ASSET(name, file)					\
	__asm__(".pushsection .rodata\n"			\
		".global " #name "\n"				\
		".type " #name ", @object\n"			\
		#name ":\n"					\
		".incbin \"audit/report/" file "\"\n"		\
		".byte 0\n"					\
		".size " #name ", . - " #name "\n"		\
		".popsection\n")

ASSET(page_css, "page.css");
ASSET(page_js, "page.js");

const char *const page_css_digest = "sha256-FPSVPmdY2/skbftUX7CKMXnLEp5wltcIMSvXECN+OoE=";
const char *const page_js_digest = "sha256-bvrVaRiyGinJU4Ef3YmAsm3jMtKLqk1b+0KVqZjVT8Y=";
