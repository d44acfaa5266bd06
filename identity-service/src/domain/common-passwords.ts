/** What guessing begins with: of the lists of the commonest passwords those of eight characters and more. */
const common: ReadonlySet<string> = new Set(
  `00000000 000000000 0123456789 11111111 111111111 1111111111 11223344 112233445566 12121212 123123123 12312312 1234512345
12341234 12344321 12345678 123456789 1234567890 12345678910 123456789a 123456a. 123456abc 1234abcd 1234qwer 123qweasd
123qweasdzxc 12qwaszx 147258369 159357456 18atcskd2w 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 20202020
22222222 31415926 33333333 3rjs1la7qe 44444444 55555555 66666666 77777777 789456123 87654321 88888888 987654321
9876543210 99999999 a1234567 a12345678 a123456789 aa12345678 aaaaaaaa abc12345 abcd1234 abcdefgh access14 administrator
admin123 admin1234 adminadmin alexander alexandra american asdasdasd asdf1234 asdfasdf asdfghjk asdfghjkl babygirl barcelona
baseball basketball beautiful bigdaddy blink182 butterfly caroline changeme charlie1 charlotte chocolate christian
christine cocacola computer corvette courtney creative danielle december demo-password demopassword dolphins dragon123
einstein elephant elizabeth explorer external fernando football forever1 formula1 franklin freedom1 fuckyou1 gateway1
gfhjkm123 google123 hardcore harrypotter hello123 helloworld hercules iloveyou iloveyou1 iloveyou2 internet isabella
jennifer jessica1 johnson1 jonathan jordan23 kimberly kingkong kristina letmein1 letmein123 liverpool logitech lovelove
loveyou1 manchester marlboro maverick mercedes metallica michael1 michelle microsoft midnight minecraft monkey123
mountain mustang1 myspace1 naruto123 nicholas november nintendo nirvana1 p@ssw0rd p@ssword pa55word pa55w0rd passport
passw0rd password password! password1 password12 password123 password1234 passwort patricia patrick1 pokemon1 porsche911
precious princess princess1 q1w2e3r4 q1w2e3r4t5 qazwsxedc qazwsx123 qqww1122 qwer1234 qwerasdf qwerqwer qwert123 qwerty12
qwerty123 qwerty1234 qwertyui qwertyuiop qwertyuiop123 samantha samsung1 scorpion sebastian secret123 september serenity
shadow123 simpsons skywalker snowball something spiderman starwars stephanie steelers strawberry summer2024 summer2025
summer2026 sunflower sunshine sunshine1 superman superman1 superstar swordfish test1234 testtest thailand thomas123
trustno1 undertaker username valentina veronica victoria vladimir volleyball warcraft welcome1 welcome123 westside
whatever william1 windows1 winter2024 winter2025 winter2026 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123 zzzzzzzz`.split(
    /\s+/,
  ),
);

/** Claims that a password is one of the commonest, in whatever letters. */
export function isCommonPassword(password: string): boolean {
  return common.has(password.toLowerCase());
}
