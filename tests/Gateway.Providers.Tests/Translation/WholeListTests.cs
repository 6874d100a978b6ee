using CsCheck;
using Gateway.Providers.Contract;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Tests.Translation;

public sealed class WholeListTests
{
    [Fact]
    public void Pages_joined_are_the_list_in_order_whatever_their_size_and_whatever_is_deleted_on_the_way() =>
        Gen.Select(Gen.Int[0, 3].Array[0, 30], Gen.Int[1, 7], Gen.Bool, Gen.Bool).Sample((times, limit, ascending, deletes) =>
        {
            var all = times.Select((time, index) => new ListPosition($"id{index}", time, $"{index:d3}")).Reverse().ToList();
            var sorted = all.OrderBy(item => item.Time).ThenBy(item => item.Key, StringComparer.Ordinal).Select(item => item.Id).ToList();
            var deleted = new DeletedPositions();
            var read = new List<string>();
            var query = new PageQuery { Limit = limit, Order = ascending ? ListOrder.Ascending : ListOrder.Descending };
            TranslatedPage<ListPosition> page;
            do
            {
                page = WholeList.Page(all, query, item => item, id => deleted.Find("list", id));
                read.AddRange(page.Items.Select(item => item.Id));
                query = query with { After = page.Items.Count > 0 ? page.Items[^1].Id : null };
                foreach (var item in deletes ? page.Items : [])
                {
                    all.Remove(item);
                    deleted.Add("list", item);
                }
            }
            while (page.HasMore);

            Assert.Equal(ascending ? sorted : Enumerable.Reverse(sorted), read);
        });

    [Fact]
    public void Cursor_that_never_was_in_the_list_is_refused()
    {
        var refused = Assert.Throws<TranslationRefusedException>(
            () => WholeList.Page<ListPosition>([], new PageQuery { After = "x" }, item => item, _ => null));
        Assert.Equal((400, "after"), (refused.Error.Status, refused.Error.Param));
    }
}
