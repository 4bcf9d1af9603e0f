/** How V8 is to run this program. Imported before anything else. */
import { setFlagsFromString } from 'node:v8'

// V8 would keep the source of every function that is generated for an operation, some 60 kB for a large one, until it is
// nearly out of memory: operations that nobody asks for again would cost as much as those that are kept.
setFlagsFromString('--no-compilation-cache')
// A full collection of garbage takes half the speed for a fifth of a second, on two cores: under load it comes when the heap
// has four times the size of what lives in it, not already at twice.
setFlagsFromString('--heap-growing-percent=300')
