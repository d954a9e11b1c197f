"""`python -m cs_aws_janitor`: the same command as `janitor`."""

from cs_aws_janitor.cli import main

if __name__ == "__main__":
    main()
