"""The new part of an answer by mail, above and between what it quotes; in doubt, words are kept."""

# Around the sentence "Please write your answer above this line." that begins each mail about a ticket, in its language:
# a line that begins so ends an answer, whatever the language is.
LINE_BEGINS, LINE_ENDS = "##-", "-##"
