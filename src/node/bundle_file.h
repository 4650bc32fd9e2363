/* SPDX-License-Identifier: ISC */
/* bundle_file - the form of the file, for its writer and its reader. */
#ifndef DT_NODE_BUNDLE_FILE_H
#define DT_NODE_BUNDLE_FILE_H

#define DT_BUNDLE_HEAD "DETENTE-BUNDLE-1\n"
#define DT_BUNDLE_LABEL "detente/1/bundle"

#endif
