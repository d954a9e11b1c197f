"""AWS as strict as it is: moto behind a door that supplies what moto hides.

moto is kinder than AWS (docs/architecture.md ends with the list). Every request of every botocore
client passes one door (`door.py`), where rules refuse what AWS refuses and do what AWS does
besides. Nothing of our own code is patched: the door hangs on botocore's built-in handlers, as
moto does itself, and stands before moto's server for runs of the installed command.
"""

import os

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # read when moto is imported; saves seconds
