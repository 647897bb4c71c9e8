"""Beyond one machine: planning of a million photos, Ray with processes killed, and a model of throughput."""
