"""The process that holds a Java virtual machine with HermiT, and what it is asked."""
